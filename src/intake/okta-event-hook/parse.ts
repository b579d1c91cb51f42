import { z } from 'zod';
import { isEmail, type Subject } from '../../directory/directory.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Meaning } from '../signal.ts';

/** What the event types of Okta's System Log mean here; anything else is recorded and ignored. */
export const OKTA_MEANINGS: Readonly<Record<string, Meaning>> = {
  'user.lifecycle.deactivate': 'offboard',
  'user.lifecycle.delete.initiated': 'offboard',
  'user.lifecycle.suspend': 'contain',
  'user.lifecycle.unsuspend': 'back',
  'user.lifecycle.reactivate': 'back',
  'user.lifecycle.activate': 'back',
};

const storable = z.string().max(1_000).refine(isStorable);
const text = storable.nullish().catch(null);
/** Short enough for an index in any script. */
const identifier = storable.min(1).max(200);

/** A list with an id that cannot be read is no list at all: without its id, a user would be told by the login alone. */
const targetSchema = z.object({ id: identifier.nullish(), type: text, alternateId: text, displayName: text });
type OktaTarget = z.infer<typeof targetSchema>;

/** Only what is used; Okta adds fields with its releases and leaves out those that are null. */
const eventSchema = z.object({
  uuid: identifier,
  eventType: identifier,
  published: z.iso.datetime({ offset: true }).nullish().catch(null),
  // One that cannot be read must not pass for success.
  outcome: z.object({ result: storable.nullish() }).nullish(),
  target: z.array(targetSchema).nullish().catch(null),
});
type OktaEvent = z.infer<typeof eventSchema>;

const deliverySchema = z.object({ eventId: identifier.nullish().catch(null), data: z.object({ events: z.array(z.unknown()).max(1_000) }) });

/** What one event of a delivery says. */
export interface ParsedEvent {
  readonly kind: string;
  readonly eventId: string;
  readonly meaning: Meaning;
  readonly subject: Subject | null;
  readonly note: string | null;
  readonly occurredAt: Date | null;
}

/**
 * Reads the body of an event hook delivery.
 *
 * @param bodySha256 stands in for the identity of an event that carries none
 * @param overrides meanings that the operator gave to event types, above our own table
 * @see https://developer.okta.com/docs/concepts/event-hooks/
 * @throws LeaverError `invalid-request` when the body is not such a delivery
 */
export function parseDelivery(body: unknown, bodySha256: string, overrides: Readonly<Record<string, Meaning>> = {}): ParsedEvent[] {
  const delivery = deliverySchema.safeParse(body);
  if (!delivery.success) {
    throw new LeaverError(
      'invalid-request',
      'The body is not an Okta event hook delivery: data.events is missing, is no list, or has more than 1000 entries. Nothing was stored.',
    );
  }
  return delivery.data.data.events.map((raw, index) => parseEvent(raw, `${delivery.data.eventId ?? bodySha256}#${index}`, overrides));
}

function parseEvent(raw: unknown, fallbackId: string, overrides: Readonly<Record<string, Meaning>>): ParsedEvent {
  const event = eventSchema.safeParse(raw);
  if (!event.success) {
    const kind = z.object({ eventType: identifier }).safeParse(raw).data?.eventType ?? 'unreadable';
    const note = `the event cannot be read: ${event.error.issues[0]?.path.join('.')} is missing or malformed`;
    return { kind, eventId: fallbackId, meaning: 'ignore', subject: null, note, occurredAt: null };
  }
  const { uuid, eventType, published } = event.data;
  const occurredAt = published ? new Date(published) : null;
  return { kind: eventType, eventId: uuid, occurredAt, ...interpret(event.data, overrides) };
}

function interpret(event: OktaEvent, overrides: Readonly<Record<string, Meaning>>): Pick<ParsedEvent, 'meaning' | 'subject' | 'note'> {
  const meaning = meaningOf(event.eventType, overrides);
  if (meaning === 'ignore') {
    return { meaning, subject: null, note: 'not an event by which somebody leaves' };
  }
  const result = event.outcome?.result?.toUpperCase();
  if (result === 'FAILURE' || result === 'SKIPPED' || result === 'DENY') {
    return { meaning: 'ignore', subject: null, note: `what the event tells of did not happen (outcome ${result})` };
  }
  return { meaning, ...subjectOf(event) };
}

/** Own entries only: a type may be called `constructor`. */
function meaningOf(eventType: string, overrides: Readonly<Record<string, Meaning>>): Meaning {
  const table = [overrides, OKTA_MEANINGS].find((one) => Object.hasOwn(one, eventType));
  return table?.[eventType] ?? 'ignore';
}

/** The affected person: the one target of type User; the actor never is. Positions mean nothing in Okta's target list. */
function subjectOf(event: OktaEvent): { subject: Subject | null; note: string | null } {
  const users = (event.target ?? []).filter(({ type }) => type === 'User');
  const ids = new Set(users.map(({ id, alternateId }) => id ?? alternateId));
  if (ids.size > 1 || emailKeysOf(users).size > 1) {
    return { subject: null, note: 'the event names more than one user' };
  }
  const [user] = users;
  const appUsers = (event.target ?? []).filter(({ type }) => type === 'AppUser');
  const email = user ? (users.map(emailOf).find((one) => one !== null) ?? null) : onlyEmailOf(appUsers);
  const id = user?.id ?? null;
  if (id === null && email === null) {
    return { subject: null, note: 'the event names no user who could be told for certain' };
  }
  return { subject: { id, email, name: user?.displayName ?? null }, note: null };
}

function onlyEmailOf(targets: readonly OktaTarget[]): string | null {
  const emails = emailKeysOf(targets);
  return emails.size === 1 ? ([...emails][0] ?? null) : null;
}

function emailKeysOf(targets: readonly OktaTarget[]): Set<string> {
  return new Set(targets.flatMap((target) => emailOf(target)?.toLowerCase() ?? []));
}

function emailOf(target: OktaTarget): string | null {
  const login = target.alternateId ?? '';
  return isEmail(login) ? login : null;
}
