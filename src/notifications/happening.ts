import { z } from 'zod';

/** What operators are told. */
export const OPERATOR_EVENTS = ['case.held', 'case.attention', 'case.completed', 'target.down', 'intake.silent'] as const;
export type OperatorEvent = (typeof OPERATOR_EVENTS)[number];

/** What a successor is told. */
export const SUCCESSOR_EVENT = 'successor.received';

/** Everything that is told to anybody. */
export const EVENTS = [...OPERATOR_EVENTS, SUCCESSOR_EVENT] as const;
export type Event = (typeof EVENTS)[number];

const person = z.object({ email: z.string(), name: z.string().nullable() });
const subjectCase = z.object({
  id: z.string(),
  playbook: z.enum(['offboard', 'contain']),
  person,
  /** Why the case is in its state, for people. */
  reason: z.string().nullable(),
});

const happening = z.discriminatedUnion('event', [
  z.object({ event: z.enum(['case.held', 'case.attention']), case: subjectCase }),
  z.object({
    event: z.literal('case.completed'),
    case: subjectCase,
    /** Steps that a target has no call for: what they would have done is left to a person. */
    notOffered: z.array(z.object({ target: z.string(), action: z.string() })).readonly(),
  }),
  z.object({ event: z.literal('target.down'), target: z.string(), since: z.string() }),
  z.object({ event: z.literal('intake.silent'), connection: z.string(), since: z.string(), hours: z.number() }),
  z.object({
    event: z.literal(SUCCESSOR_EVENT),
    target: z.string(),
    leaver: person,
    workspaces: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
    /** API tokens of the leaver that were deleted; null where the target did not say how many. */
    tokens: z.number().nullable(),
    /** Webhooks of the leaver that were deleted. */
    webhooks: z.array(z.object({ id: z.string(), appId: z.string().nullable(), host: z.string().nullable() })).readonly(),
    /** Whether the leaver's keys stay, because nobody else can delete them, and no longer reach what was handed over. */
    keepsKeys: z.boolean().exactOptional(),
  }),
]);

/** Something that somebody is to be told of, as plain facts. Never a token. */
export type Happening = z.output<typeof happening>;
export type OperatorHappening = Exclude<Happening, { readonly event: typeof SUCCESSOR_EVENT }>;

/** Reads a happening back from the row that keeps it. */
export function toHappening(facts: unknown): Happening {
  return happening.parse(facts);
}

/** What the happening is about: a case, a target or a connection. */
export function subjectOf(happened: Happening): string {
  switch (happened.event) {
    case 'case.held':
    case 'case.attention':
    case 'case.completed':
      return happened.case.id;
    case 'target.down':
    case 'successor.received':
      return happened.target;
    case 'intake.silent':
      return happened.connection;
  }
}
