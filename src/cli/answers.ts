import { z } from 'zod';

/**
 * What the command line reads of the service's answers. It is less than the service says, and states are plain text: the service may be of
 * another version than the command line.
 */
const moment = z.string().nullable();

export const stepAnswer = z.object({
  id: z.string(),
  target: z.string(),
  phase: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  state: z.string(),
  outcome: z.string().nullable(),
  attempts: z.number(),
  startedAt: moment,
  finishedAt: moment,
  nextAttemptAt: moment,
  error: z.object({ message: z.string() }).nullable(),
  facts: z.record(z.string(), z.unknown()),
});
export type StepAnswer = z.infer<typeof stepAnswer>;

export const caseAnswer = z.object({
  id: z.string(),
  person: z.object({ email: z.string(), name: z.string().nullable() }),
  playbook: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  openedAt: z.string(),
  openedBy: z.string(),
  containedAt: moment,
  completedAt: moment,
  nextLookAt: moment,
  successor: z.object({ email: z.string().nullable(), source: z.string(), accountId: z.string() }).nullable(),
  successors: z
    .array(
      z.object({
        target: z.string(),
        email: z.string().nullable(),
        source: z.string(),
        accountId: z.string(),
        reasons: z.array(z.string()),
      }),
    )
    .default([]),
  left: z.array(z.object({ target: z.string(), actions: z.array(z.string()) })).default([]),
  signals: z.array(z.object({ connection: z.string(), channel: z.string(), kind: z.string(), receivedAt: z.string() })),
  steps: z.array(stepAnswer),
});
export type CaseAnswer = z.infer<typeof caseAnswer>;

export const openedAnswer = z.object({ case: caseAnswer });
export const casesAnswer = z.object({ items: z.array(caseAnswer), nextCursor: z.string().nullable() });

export const signalsAnswer = z.object({
  items: z.array(z.object({ channel: z.string(), kind: z.string(), caseId: z.string().nullable(), verifiedBy: z.string() })),
});
export type SignalAnswer = z.infer<typeof signalsAnswer>['items'][number];

/** What a service of an older version does not say is null. */
const later = <T extends z.ZodType>(shape: T) => shape.nullable().default(null);

export const planAnswer = z.object({
  plan: z.object({
    person: z.object({ email: z.string() }),
    playbook: z.string(),
    hold: z.string().nullable(),
    targets: z.array(
      z.object({
        target: z.string(),
        account: z.string(),
        accountId: later(z.string()),
        successor: later(z.object({ accountId: z.string(), email: z.string().nullable(), source: z.string() })),
        problem: z.string().nullable(),
        steps: z.array(
          z.object({
            phase: z.string(),
            action: z.string(),
            subject: z.string().nullable(),
            name: z.string().nullable(),
            notOffered: later(z.object({ residual: z.string().nullable(), lasts: z.string().nullable(), advice: z.string().nullable() })),
          }),
        ),
      }),
    ),
  }),
});
export type PlanAnswer = z.infer<typeof planAnswer>['plan'];

export const readyAnswer = z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean() })) });
export type ReadyAnswer = z.infer<typeof readyAnswer>;

const checksAnswer = z.array(z.object({ what: z.string(), verdict: z.string(), detail: z.string() }));

export const connectionsAnswer = z.object({ items: z.array(z.object({ id: z.string(), kind: z.string(), checks: checksAnswer })) });
export type ConnectionAnswer = z.infer<typeof connectionsAnswer>['items'][number];

export const targetsAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      capabilities: z.record(z.string(), z.object({ support: z.string() })),
      reachable: z.boolean(),
      detail: z.string(),
      checks: checksAnswer.default([]),
      downSince: moment,
    }),
  ),
});
export type TargetAnswer = z.infer<typeof targetsAnswer>['items'][number];

/** One recorded change of a case; `step` and `case` are as they were when the event was sent, `change` is what was recorded. */
export const caseEvent = z.object({
  at: z.string(),
  kind: z.string(),
  change: z.record(z.string(), z.unknown()),
  step: stepAnswer.optional(),
  case: z.object({ id: z.string(), state: z.string(), reason: z.string().nullable() }).optional(),
});
export type CaseEvent = z.infer<typeof caseEvent>;

export const problemAnswer = z.object({
  detail: z.string(),
  instance: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type ProblemAnswer = z.infer<typeof problemAnswer>;

/** States in which a case is left until a person does something about it. */
const WAITS_FOR_A_PERSON: ReadonlySet<string> = new Set(['held', 'attention']);
const OVER: ReadonlySet<string> = new Set(['completed', 'cancelled', 'reversed']);

/** Whether nothing more will ever happen in the case. */
export function isOver(state: string): boolean {
  return OVER.has(state);
}

/** Whether nothing more happens in the case by itself. */
export function isAtRest(state: string): boolean {
  return isOver(state) || WAITS_FOR_A_PERSON.has(state);
}
