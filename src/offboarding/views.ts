import { z } from 'zod';
import { OUTCOMES, PHASES } from '../targets/target.ts';
import { CASE_STATES, type Case, STEP_STATES, type Step, UNDOS } from './case.ts';
import { CASE_EXAMPLE } from './examples.ts';

const moment = z.iso.datetime().nullable();

export const stepView = z
  .object({
    id: z.uuid(),
    target: z.string(),
    phase: z.enum(PHASES),
    action: z.string(),
    subject: z.string().nullable(),
    state: z.enum(STEP_STATES),
    outcome: z.enum(OUTCOMES).nullable(),
    attempts: z.int(),
    startedAt: moment,
    finishedAt: moment,
    nextAttemptAt: moment,
    error: z.object({ code: z.string(), message: z.string(), status: z.int().optional(), targetCode: z.string().optional() }).nullable(),
    facts: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Step' });
export type StepView = z.infer<typeof stepView>;

export const caseSignalView = z
  .object({
    id: z.uuid(),
    connection: z.string(),
    channel: z.string(),
    kind: z.string(),
    eventId: z.string(),
    receivedAt: z.iso.datetime(),
  })
  .meta({ id: 'CaseSignal' });
export type CaseSignalView = z.infer<typeof caseSignalView>;

export const caseView = z
  .object({
    id: z.uuid(),
    person: z.object({ email: z.string(), name: z.string().nullable() }),
    playbook: z.enum(['offboard', 'contain']),
    state: z.enum(CASE_STATES),
    reason: z.string().nullable(),
    /** What takes the case back, while something does and afterwards. */
    undo: z.enum(UNDOS).nullable(),
    /** When a case begins whose time is still to come. */
    startsAt: moment,
    openedAt: z.iso.datetime(),
    openedBy: z.string(),
    containedAt: moment,
    completedAt: moment,
    nextLookAt: moment,
    successor: z.object({ email: z.string().nullable(), source: z.string(), accountId: z.string() }).nullable(),
    signals: z.array(caseSignalView),
    steps: z.array(stepView),
  })
  .meta({ id: 'Case', examples: [CASE_EXAMPLE] });
export type CaseView = z.infer<typeof caseView>;

const successorFacts = z.object({ successor: z.object({ accountId: z.string(), email: z.string().nullish(), source: z.string() }) });

export interface CaseParts {
  readonly case: Case;
  readonly openedBy: string;
  readonly person: { readonly email: string; readonly name: string | null };
  readonly steps: readonly Step[];
  readonly signals: readonly CaseSignalView[];
}

/** A case as the operator API shows it. */
export function viewCase({ case: subject, openedBy, person, steps, signals }: CaseParts): CaseView {
  return {
    id: subject.id,
    person: { email: person.email, name: person.name },
    playbook: subject.playbook,
    state: subject.state,
    reason: subject.reason,
    undo: subject.undo,
    startsAt: print(subject.startsAt),
    openedAt: subject.openedAt.toISOString(),
    openedBy,
    containedAt: print(subject.containedAt),
    completedAt: print(subject.completedAt),
    nextLookAt: subject.state === 'waiting' ? print(subject.lookAgainAt) : null,
    successor: successorOf(steps),
    signals: [...signals],
    steps: steps.map(viewStep),
  };
}

export function viewStep(step: Step): StepView {
  return {
    id: step.id,
    target: step.target,
    phase: step.phase,
    action: step.action,
    subject: step.subject,
    state: step.state,
    outcome: step.outcome,
    attempts: step.attempts,
    startedAt: print(step.startedAt),
    finishedAt: print(step.finishedAt),
    nextAttemptAt: print(step.nextAttemptAt),
    error: step.error,
    facts: { ...step.facts },
  };
}

function successorOf(steps: readonly Step[]): CaseView['successor'] {
  for (const step of steps) {
    const parsed = successorFacts.safeParse(step.facts);
    if (parsed.success) {
      const { accountId, email, source } = parsed.data.successor;
      return { email: email ?? null, source, accountId };
    }
  }
  return null;
}

function print(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString();
}
