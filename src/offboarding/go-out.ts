import type { Phase } from '../targets/target.ts';
import { type Case, isConfirmation, isOfPlan, isOver, questionOf, type Snapshot, type Step } from './case.ts';
import type { Conditions, Decision } from './decide.ts';
import type { Policy } from './policy.ts';
import { busyTargets, CONTAINMENT, inOrder, isAnyOpen, isDue, isItsTurn, openWork } from './ready.ts';
import { earliest, momentsOf, type Standing, standingOf } from './standing.ts';

export const HARD_TO_REVERSE: ReadonlySet<Phase> = new Set(['transfer', 'remove', 'verify', 'notify']);
const NEEDS_CONFIRMATION: ReadonlySet<Phase> = new Set(['cleanup', ...HARD_TO_REVERSE]);
const BEFORE_REMOVAL: ReadonlySet<Phase> = new Set(['resolve', 'contain', 'inventory', 'cleanup', 'transfer']);

/**
 * The way out: containment starts at once on every target and waits for nothing but its own target; what is hard to reverse waits until
 * containment was at least tried everywhere and is complete on its own target, and until the grace period after that is over; nobody is removed
 * before everything else on that target is over. Whoever is to confirm the departure has done so before anything happens that cannot be given back;
 * where they doubt it the case is held, and the lock-out goes on.
 */
export function goOut({ case: subject, steps: all }: Snapshot, conditions: Conditions): Decision {
  const skip = pointless(all);
  const skipped = new Set(skip.map(({ step }) => step.id));
  const steps = all.filter(isOfPlan).map((step) => (skipped.has(step.id) ? { ...step, state: 'skipped' as const } : step));
  const graces = graceEnds(steps, subject.handOverAt, conditions.policy);
  const returning = all.filter((step) => !isOfPlan(step) && step.state === 'running');
  const start = startable(steps, graces, busyTargets(returning), conditions);
  const isOut = steps.length > 0 && steps.every(isOver) && returning.length === 0;
  return {
    start,
    skip,
    ...(isOut ? closing(subject, steps) : (doubtOf(steps) ?? standingOf([...steps, ...returning], start, conditions))),
    containedAt: subject.containedAt ?? containedAt(steps),
    lookAgainAt: nextMoment(steps, graces, conditions),
  };
}

/** Held by the questions of whoever was to confirm the departure; a step that has failed comes first, for the lock-out may be among them. */
function doubtOf(steps: readonly Step[]): Standing | null {
  const questions = steps.flatMap((step) => questionOf(step) ?? []);
  const hasFailed = steps.some(({ state }) => state === 'failed');
  return questions.length === 0 || hasFailed ? null : { state: 'held', reason: questions.join('; also: ') };
}

/** Whether the person has no account in the step's target. */
function isAbsence(step: Step): boolean {
  return step.phase === 'resolve' && step.state === 'done' && step.outcome === 'already-absent';
}

function pointless(steps: readonly Step[]): { step: Step; reason: string }[] {
  const absent = new Set(steps.filter(isAbsence).map((step) => step.target));
  const isNeeded = steps.some((step) => isOfPlan(step) && !isOver(step) && !isConfirmation(step) && !absent.has(step.target));
  return steps.flatMap((step) => {
    if (isConfirmation(step) && step.state === 'pending' && !isNeeded) {
      return [{ step, reason: 'nothing is left that waits for it' }];
    }
    if (!isOfPlan(step) && (step.state === 'pending' || step.state === 'failed')) {
      return [{ step, reason: 'the person is leaving again, so this is not taken back' }];
    }
    return step.state === 'pending' && isOfPlan(step) && absent.has(step.target)
      ? [{ step, reason: 'the person has no account in this target' }]
      : [];
  });
}

/** What is still being taken back in a target (`returning`) ends there before anything starts. */
function startable(steps: readonly Step[], graces: Graces, returning: ReadonlySet<string>, { policy, now, outages }: Conditions): Step[] {
  const open = openWork(steps);
  const containment = steps.filter(({ phase }) => CONTAINMENT.has(phase));
  const containmentTried = containment.every((step) => outages.has(step.target) || wasTried(step, containment));
  const isConfirmed = steps.every((step) => !isConfirmation(step) || isOver(step));
  const mayBeIrreversible = ({ target }: Step): boolean => {
    const grace = graces.get(target);
    return containmentTried && !isAnyOpen(open.get(target), CONTAINMENT) && (!grace || grace <= now);
  };
  // Asked when nothing else is in the way: what the identity provider said weeks before tells nothing.
  const hard = steps.filter((step) => HARD_TO_REVERSE.has(step.phase) && !isOver(step));
  const isTimeToConfirm = hard.length === 0 ? containmentTried : hard.some((step) => step.state === 'pending' && mayBeIrreversible(step));
  const mayRemove = ({ target, phase }: Step): boolean => phase !== 'remove' || !isAnyOpen(open.get(target), BEFORE_REMOVAL);
  const ready = steps.filter(
    (step) =>
      isDue(step, now) &&
      !outages.has(step.target) &&
      !returning.has(step.target) &&
      isItsTurn(step, open) &&
      mayRemove(step) &&
      (!isConfirmation(step) || (isTimeToConfirm && questionOf(step) === null)) &&
      (!NEEDS_CONFIRMATION.has(step.phase) || isConfirmed) &&
      (!HARD_TO_REVERSE.has(step.phase) || mayBeIrreversible(step)),
  );
  return inOrder(ready, steps, policy);
}

/** One target that is down delays no other: it counts as tried once a first attempt has failed, and so does everything that waits behind it. */
function wasTried(step: Step, containment: readonly Step[]): boolean {
  const blocking = containment.filter((other) => other.target === step.target && step.after.includes(other.action) && !isOver(other));
  return isOver(step) || hasFailed(step) || blocking.some((other) => wasTried(other, containment));
}

/** Also while it is tried again: a target that takes long to fail would hold the others up each time. */
function hasFailed(step: Step): boolean {
  return step.error !== null || (step.state === 'pending' && step.attempts > 0);
}

type Graces = ReadonlyMap<string, Date>;

/**
 * From when on each target may be changed for good: after the grace period, which counts from its own containment, so that a target that was late
 * delays no other, and not before the time that the case itself has for it.
 */
function graceEnds(steps: readonly Step[], handOverAt: Date | null, { graceSeconds }: Policy): Graces {
  const ends = new Map<string, Date>(handOverAt === null ? [] : steps.map(({ target }) => [target, handOverAt]));
  for (const { target, finishedAt } of steps.filter((step) => CONTAINMENT.has(step.phase) && isOver(step))) {
    const end = finishedAt === null ? 0 : finishedAt.getTime() + graceSeconds * 1_000;
    ends.set(target, new Date(Math.max(end, ends.get(target)?.getTime() ?? 0)));
  }
  return ends;
}

function containedAt(steps: readonly Step[]): Date | null {
  const containment = steps.filter((step) => CONTAINMENT.has(step.phase));
  // A step that was skipped contained nobody, nor did one that only says that the target cannot.
  const ends = containment.flatMap(({ phase, state, outcome, finishedAt }) =>
    phase === 'contain' && state === 'done' && outcome !== 'not-offered' && finishedAt !== null ? [finishedAt.getTime()] : [],
  );
  return containment.every(isOver) && ends.length > 0 ? new Date(Math.max(...ends)) : null;
}

function nextMoment(steps: readonly Step[], graces: Graces, conditions: Conditions): Date | null {
  return earliest(
    steps.flatMap((step) => {
      const grace = HARD_TO_REVERSE.has(step.phase) && step.state === 'pending' ? graces.get(step.target) : undefined;
      return [...momentsOf(step, conditions), ...(grace && grace > conditions.now ? [grace] : [])];
    }),
  );
}

/** Nobody is reported as gone because nobody was found: without any account the case needs a person, unless an earlier case removed it. */
function closing(subject: Case, steps: readonly Step[]): Standing {
  const foundSomewhere = steps.some((step) => step.phase === 'resolve' && !isAbsence(step));
  if (foundSomewhere) {
    return { state: 'completed', reason: subject.playbook === 'contain' ? stillOpen(steps) : null };
  }
  if (subject.follows !== null) {
    return { state: 'completed', reason: `the person has no account left: case ${subject.follows} had removed it` };
  }
  return {
    state: 'attention',
    reason: 'the person has no account in any target under this e-mail; check the address, then retry, or remove the account by hand',
  };
}

/** An emergency is not over without a word where a target could lock nobody out. */
function stillOpen(steps: readonly Step[]): string | null {
  const open = steps
    .filter(({ outcome, facts }) => outcome === 'not-offered' && facts['capability'] === 'suspend')
    .map(({ target }) => target);
  const advice = 'end it at the identity provider, or offboard the person';
  return open.length === 0
    ? null
    : `the person keeps the access they have in ${open.join(' and ')}, which cannot lock anybody out: ${advice}`;
}
