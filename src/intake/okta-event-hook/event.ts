import { z } from 'zod';
import { isStorable } from '../../kernel/text.ts';

const storable = z.string().max(1_000).refine(isStorable);
const text = storable.nullish().catch(null);
/** Short enough for an index in any script. */
export const identifier = storable.min(1).max(200);

/** Okta writes these words where it has no id: everybody without one would be the same person. */
const NO_IDS: ReadonlySet<string> = new Set(['unknown', 'null']);
const entityId = identifier.nullish().transform((id) => (id && !NO_IDS.has(id.toLowerCase()) ? id : null));

/** Somebody or something that an event names. */
const entitySchema = z.object({ id: entityId, type: text, alternateId: text, displayName: text });
export type OktaEntity = z.infer<typeof entitySchema>;

/** In the place of a list with an entry that cannot be read: a user may be among them, and nobody can say who. */
const SOMEBODY: OktaEntity = { id: null, type: 'User', alternateId: null, displayName: null };

/** Only what is used; Okta adds fields with its releases and leaves out those that are null. */
export const eventSchema = z.object({
  uuid: identifier,
  eventType: identifier,
  published: z.iso.datetime({ offset: true }).nullish().catch(null),
  // One that cannot be read must not pass for success.
  outcome: z.object({ result: storable.nullish() }).nullish(),
  actor: entitySchema.nullish().catch(null),
  target: z
    .array(entitySchema)
    .nullish()
    .catch(() => [SOMEBODY]),
  debugContext: z
    .object({ debugData: z.object({ risk: text, Risk: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
});
export type OktaEvent = z.infer<typeof eventSchema>;

/** Entries are found by type: positions mean nothing in Okta's target list. */
export function targetsOf({ target }: Pick<OktaEvent, 'target'>, ...types: readonly string[]): OktaEntity[] {
  return (target ?? []).filter(({ type }) => type && types.includes(type));
}
