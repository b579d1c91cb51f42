import type { Phase } from '../targets/target.ts';
import { type Case, type CaseState, isFinal, isOver, type Snapshot, type Step } from './case.ts';
import type { Policy } from './policy.ts';

/** Containment has capacity of its own, so that it never queues behind slow work. */
export type Lane = 'contain' | 'bulk';

export interface Decision {
  /** Steps that may start at this moment, containment first. */
  readonly start: readonly Step[];
  /** Steps that have become pointless, with the reason. */
  readonly skip: readonly { readonly step: Step; readonly reason: string }[];
  readonly state: CaseState;
  /** Why the case is in this state, for people; null when the steps say it all. */
  readonly reason: string | null;
  /** When the last step of containment ended, once all of them have. */
  readonly containedAt: Date | null;
  /** When to decide again although nothing happened. */
  readonly lookAgainAt: Date | null;
}

const CONTAINMENT: ReadonlySet<Phase> = new Set(['resolve', 'contain']);
const HARD_TO_REVERSE: ReadonlySet<Phase> = new Set(['transfer', 'remove', 'verify', 'notify']);
const BEFORE_REMOVAL: ReadonlySet<Phase> = new Set(['resolve', 'contain', 'inventory', 'cleanup', 'transfer']);

/**
 * What happens next in a case. Pure: the same case at the same moment always gives the same answer.
 *
 * The rules: containment starts at once on every target and waits for nothing but its own target; what is hard to reverse waits until
 * containment was at least tried everywhere and is complete on its own target, and until the grace period after that is over; nobody is removed
 * before everything else on that target is over; a held case starts nothing.
 */
export function decide({ case: subject, steps }: Snapshot, policy: Policy, now: Date): Decision {
  const skip = isFinal(subject.state) ? [] : pointless(steps);
  const skipped = new Set(skip.map(({ step }) => step.id));
  const rest = steps.map((step) => (skipped.has(step.id) ? { ...step, state: 'skipped' as const } : step));
  const graces = graceEnds(rest, policy);
  const start = mayAnythingStart(subject) ? startable(rest, policy, graces, now) : [];
  return {
    start,
    skip,
    ...stateOf(subject, rest, start),
    containedAt: subject.containedAt ?? containedAt(rest),
    lookAgainAt: mayAnythingStart(subject) ? nextMoment(rest, graces, now) : null,
  };
}

export function laneOf(step: Pick<Step, 'phase'>): Lane {
  return CONTAINMENT.has(step.phase) ? 'contain' : 'bulk';
}

/** Whether the person has no account in the step's target. */
function isAbsence(step: Step): boolean {
  return step.phase === 'resolve' && step.state === 'done' && step.outcome === 'already-absent';
}

function pointless(steps: readonly Step[]): { step: Step; reason: string }[] {
  const absent = new Set(steps.filter(isAbsence).map((step) => step.target));
  return steps
    .filter((step) => step.state === 'pending' && absent.has(step.target))
    .map((step) => ({ step, reason: 'the person has no account in this target' }));
}

function mayAnythingStart(subject: Case): boolean {
  return !isFinal(subject.state) && subject.hold === null;
}

function startable(steps: readonly Step[], policy: Policy, graces: ReadonlyMap<string, Date>, now: Date): Step[] {
  const open = openWork(steps);
  const containment = steps.filter(({ phase }) => CONTAINMENT.has(phase));
  const containmentTried = containment.every((step) => wasTried(step, containment));
  const mayBeIrreversible = ({ target }: Step): boolean => {
    const grace = graces.get(target);
    return containmentTried && !isAnyOpen(open.get(target), CONTAINMENT) && (!grace || grace <= now);
  };
  const ready = steps.filter(
    (step) => isDue(step, now) && isReady(step, open) && (!HARD_TO_REVERSE.has(step.phase) || mayBeIrreversible(step)),
  );
  return withinTransferLimit(ready.sort(containmentFirst), steps, policy);
}

function withinTransferLimit(ready: readonly Step[], steps: readonly Step[], policy: Policy): Step[] {
  const transferring = new Map<string, number>();
  for (const step of steps.filter(({ phase, state }) => phase === 'transfer' && state === 'running')) {
    transferring.set(step.target, (transferring.get(step.target) ?? 0) + 1);
  }
  return ready.filter((step) => {
    const running = transferring.get(step.target) ?? 0;
    transferring.set(step.target, running + (step.phase === 'transfer' ? 1 : 0));
    return step.phase !== 'transfer' || running < policy.transfersAtOnce;
  });
}

/** What has something open in one target. */
interface OpenWork {
  readonly actions: Set<string>;
  readonly phases: Set<Phase>;
}

/** Gathered once for all steps of a case: somebody may own thousands of workspaces, each with a step of its own. */
function openWork(steps: readonly Step[]): ReadonlyMap<string, OpenWork> {
  const open = new Map<string, OpenWork>();
  for (const { target, action, phase } of steps.filter((step) => !isOver(step))) {
    const work = open.get(target) ?? { actions: new Set(), phases: new Set() };
    work.actions.add(action);
    work.phases.add(phase);
    open.set(target, work);
  }
  return open;
}

function isAnyOpen(work: OpenWork | undefined, phases: ReadonlySet<Phase>): boolean {
  return work !== undefined && [...work.phases].some((phase) => phases.has(phase));
}

function containmentFirst(a: Step, b: Step): number {
  return Number(laneOf(a) === 'bulk') - Number(laneOf(b) === 'bulk') || a.position - b.position;
}

function isDue(step: Step, now: Date): boolean {
  return step.state === 'pending' && (step.nextAttemptAt === null || step.nextAttemptAt <= now);
}

/** What the step itself waits for, within its target. */
function isReady({ target, phase, after }: Step, open: ReadonlyMap<string, OpenWork>): boolean {
  const work = open.get(target);
  return !after.some((action) => work?.actions.has(action)) && !(phase === 'remove' && isAnyOpen(work, BEFORE_REMOVAL));
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

/** When the grace period of each target ends: counted from its own containment, so that a target that was late delays no other. */
function graceEnds(steps: readonly Step[], { graceSeconds }: Policy): ReadonlyMap<string, Date> {
  const ends = new Map<string, Date>();
  for (const { target, finishedAt } of steps.filter((step) => CONTAINMENT.has(step.phase) && isOver(step))) {
    const end = finishedAt === null ? 0 : finishedAt.getTime() + graceSeconds * 1_000;
    ends.set(target, new Date(Math.max(end, ends.get(target)?.getTime() ?? 0)));
  }
  return ends;
}

function containedAt(steps: readonly Step[]): Date | null {
  const containment = steps.filter((step) => CONTAINMENT.has(step.phase));
  // A step that was skipped contained nobody.
  const ends = containment.flatMap((step) =>
    step.phase === 'contain' && step.state === 'done' && step.finishedAt !== null ? [step.finishedAt.getTime()] : [],
  );
  return containment.every(isOver) && ends.length > 0 ? new Date(Math.max(...ends)) : null;
}

function nextMoment(steps: readonly Step[], graces: ReadonlyMap<string, Date>, now: Date): Date | null {
  const moments = steps.flatMap((step) => {
    const grace = HARD_TO_REVERSE.has(step.phase) ? graces.get(step.target) : undefined;
    return step.state === 'pending' ? [step.nextAttemptAt, grace] : [];
  });
  const ahead = moments.flatMap((moment) => (moment && moment > now ? [moment.getTime()] : []));
  return ahead.length === 0 ? null : new Date(Math.min(...ahead));
}

function stateOf(subject: Case, steps: readonly Step[], start: readonly Step[]): { state: CaseState; reason: string | null } {
  if (isFinal(subject.state)) {
    return { state: subject.state, reason: subject.reason };
  }
  if (subject.hold !== null) {
    return { state: 'held', reason: subject.hold };
  }
  const failed = steps.filter((step) => step.state === 'failed');
  if (failed.length > 0) {
    return { state: 'attention', reason: describeFailures(failed) };
  }
  if (steps.length > 0 && steps.every(isOver)) {
    return closing(subject, steps);
  }
  return {
    state: steps.length === 0 || start.length > 0 || steps.some((step) => step.state === 'running') ? 'running' : 'waiting',
    reason: null,
  };
}

function describeFailures(failed: readonly Step[]): string {
  const [first] = failed;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return `${first?.error?.message ?? `${first?.target}: ${first?.action} failed`}${more}`;
}

/** Nobody is reported as gone because nobody was found: without any account the case needs a person, unless an earlier case removed it. */
function closing(subject: Case, steps: readonly Step[]): { state: CaseState; reason: string | null } {
  const foundSomewhere = steps.some((step) => step.phase === 'resolve' && !isAbsence(step));
  if (foundSomewhere) {
    return { state: 'completed', reason: null };
  }
  if (subject.follows !== null) {
    return { state: 'completed', reason: `the person has no account left: case ${subject.follows} had removed it` };
  }
  return {
    state: 'attention',
    reason: 'the person has no account in any target under this e-mail; check the address, then retry, or remove the account by hand',
  };
}
