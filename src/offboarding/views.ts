import { z } from 'zod';
import { OUTCOMES, PHASES } from '../targets/target.ts';
import { CASE_STATES, type Case, isFinal, isOver, STEP_STATES, type Step, UNDOS } from './case.ts';
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

const successorView = z.object({
  target: z.string(),
  email: z.string().nullable(),
  source: z.string(),
  accountId: z.string(),
  reasons: z.array(z.string()),
});
type SuccessorView = z.infer<typeof successorView>;

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
    /** Of the first target in which somebody succeeds; `successors` has those of all. */
    successor: z.object({ email: z.string().nullable(), source: z.string(), accountId: z.string() }).nullable(),
    /** Who takes over in which target, and why nobody before them in the order of preference does. */
    successors: z.array(successorView),
    /** What is still to be done in which target. */
    left: z.array(z.object({ target: z.string(), actions: z.array(z.string()) })),
    signals: z.array(caseSignalView),
    steps: z.array(stepView),
  })
  .meta({ id: 'Case', examples: [CASE_EXAMPLE] });
export type CaseView = z.infer<typeof caseView>;

const successorFacts = z.object({
  successor: z.object({
    accountId: z.string(),
    email: z.string().nullable().default(null),
    source: z.string(),
    reasons: z.array(z.string()).default([]),
  }),
});

export interface CaseParts {
  readonly case: Case;
  readonly openedBy: string;
  readonly person: { readonly email: string; readonly name: string | null };
  readonly steps: readonly Step[];
  readonly signals: readonly CaseSignalView[];
}

/** A case as the operator API shows it. */
export function viewCase({ case: subject, openedBy, person, steps, signals }: CaseParts): CaseView {
  const successors = successorsIn(steps);
  const [first] = successors;
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
    successor: first ? { email: first.email, source: first.source, accountId: first.accountId } : null,
    successors,
    left: isFinal(subject.state) ? [] : leftIn(steps),
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

/** The latest choice in each target: what was handed over last may have gone to somebody else than was planned. */
function successorsIn(steps: readonly Step[]): SuccessorView[] {
  const chosen = new Map<string, SuccessorView>();
  for (const { target, facts } of steps) {
    const { data } = successorFacts.safeParse(facts);
    if (data) chosen.set(target, { target, ...data.successor });
  }
  return [...chosen.values()];
}

/** By target, each action once, however many workspaces it is still to be done for. */
function leftIn(steps: readonly Step[]): CaseView['left'] {
  const open = steps.filter((step) => !isOver(step));
  return [...Map.groupBy(open, ({ target }) => target)].map(([target, own]) => ({
    target,
    actions: [...new Set(own.map(({ action }) => action))],
  }));
}

function print(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString();
}
