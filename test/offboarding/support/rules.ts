import assert from 'node:assert/strict';
import type { NewEntry } from '../../../src/ledger/ledger.ts';
import { isConfirmation, isFinal, isOfPlan, isOver, type Snapshot, type Step, type StepState } from '../../../src/offboarding/case.ts';
import { laneOf } from '../../../src/offboarding/decide.ts';
import type { CaseEvent, Surroundings, Transition } from '../../../src/offboarding/transition.ts';
import type { Phase } from '../../../src/targets/target.ts';
import { FILES } from './cases.ts';

/** What was seen so far, kept beside the code that is tested. */
export interface History {
  /** Steps of which some attempt has ended, however. */
  readonly ended: Set<string>;
  /** When each step of containment was over. */
  readonly containedAt: Map<string, Date>;
}

const CONTAINMENT: readonly Phase[] = ['resolve', 'contain'];
const BEFORE_REMOVAL: readonly Phase[] = ['inventory', 'cleanup', 'transfer'];
const HARD_TO_REVERSE: readonly Phase[] = ['transfer', 'remove', 'verify', 'notify'];

/** Everything that must hold of any event on any case. */
export function checkTransition(change: Transition, event: CaseEvent, around: Surroundings, history: History): void {
  remember(change, event, around.now, history);
  staleChangesNothing(change, event);
  finalStaysFinal(change);
  for (const step of change.claimed) {
    startsInTime(step, change, around);
    startsOnItsWay(step, change.after);
    startsInOrder(step, change.after);
    startsNothingIrreversibleTooEarly(step, change.after, around, history);
  }
  claimsWithinLimits(change, around);
  recordsEveryStateOfTheCase(change);
  isContainedOnce(change);
  takesBackInTime(change, event);
  isTakenBackWhole(change.after);
  isCompletedHonestly(change.after);
  recordsEveryStateOfItsSteps(change);
  epochsNeverGoDown(change);
  fitsTheTables(change.after);
  isNotForgotten(change, around.now);
}

function remember({ before, after, refused }: Transition, event: CaseEvent, now: Date, { ended, containedAt }: History): void {
  if (refused === null && (event.type === 'result' || event.type === 'released')) {
    ended.add(event.stepId);
  }
  for (const step of before.steps.filter(({ workerAlive, state }) => state === 'running' && !workerAlive)) {
    ended.add(step.id);
  }
  for (const step of after.steps.filter((one) => isOfPlan(one) && CONTAINMENT.includes(one.phase))) {
    if (!isOver(step)) {
      containedAt.delete(step.id);
    } else if (!containedAt.has(step.id)) {
      containedAt.set(step.id, now);
    }
  }
}

function staleChangesNothing({ before, after, touched, claimed, entries, wake, refused }: Transition, event: CaseEvent): void {
  if (event.type === 'result' || event.type === 'released') {
    const present = before.steps.some(({ id, epoch, state }) => id === event.stepId && epoch === event.epoch && state === 'running');
    assert.equal(refused === null, present, 'a result counts if and only if it is of the attempt that runs');
  }
  if (refused !== null) {
    assert.equal(after, before);
    assert.deepEqual([touched, claimed, entries, wake.size], [[], [], [], 0], 'what is refused leaves no trace');
  }
}

function finalStaysFinal({ before, after, claimed, entries }: Transition): void {
  if (isFinal(before.case.state)) {
    assert.equal(after.case.state, before.case.state);
    assert.deepEqual([claimed, entries], [[], []], 'of a case that is over nothing is started and nothing recorded');
  }
}

function startsInTime({ id, target }: Step, { before, after }: Transition, { now, outages }: Surroundings): void {
  const { nextAttemptAt = null } = before.steps.find((step) => step.id === id) ?? {};
  const { startsAt } = after.case;
  assert.ok(nextAttemptAt === null || nextAttemptAt <= now, 'nothing starts before its time');
  assert.ok(startsAt === null || startsAt <= now, 'nothing starts before the case does');
  assert.ok(!outages.has(target), 'nothing is asked of a target that is down');
}

/** Out or back, never both at once in one target. */
function startsOnItsWay(step: Step, { case: { undo }, steps }: Snapshot): void {
  assert.equal(isOfPlan(step), undo === null, 'only steps of the way that the case goes are started');
  const others = steps
    .filter(({ target, state }) => target === step.target && state === 'running')
    .filter((other) => isOfPlan(other) !== isOfPlan(step));
  assert.deepEqual(others, [], 'nothing starts in a target while something of the other way runs there');
}

function takesBackInTime({ before, refused }: Transition, { type }: CaseEvent): void {
  const tried = before.steps.filter((step) => isOfPlan(step) && step.attempts > 0);
  if (refused === null && type === 'cancel' && before.case.undo === null) {
    assert.deepEqual(
      tried.filter(({ phase }) => HARD_TO_REVERSE.includes(phase)),
      [],
      'a case is cancelled before anything was handed over',
    );
  }
  if (refused === null && type === 'reverse' && before.case.undo === null) {
    assert.ok(
      tried.some(({ phase }) => HARD_TO_REVERSE.includes(phase)),
      'a case is reversed after something hard to reverse was tried',
    );
    assert.ok(!tried.some(({ phase, state }) => phase === 'remove' && state === 'done'), 'nobody is brought back who was removed');
  }
}

/** For every step whose effect can be taken back there is one that has done so. */
function isTakenBackWhole({ case: { state }, steps }: Snapshot): void {
  if (state === 'cancelled' || state === 'reversed') {
    for (const step of steps.filter(({ target, action }) => target === FILES.id && FILES.actions.some(({ undoes }) => undoes === action))) {
      const back = steps.find((other) => other.target === step.target && other.undoes === step.action && other.subject === step.subject);
      const changed = step.state === 'done' && step.outcome !== 'already-absent';
      assert.ok(back ? isOver(back) : !changed, `${step.action} of ${step.subject} was taken back`);
    }
    assert.ok(!steps.some((step) => step.state === 'running' || step.state === 'pending'), 'nothing is left open');
  }
}

function startsInOrder(step: Step, { steps }: Snapshot): void {
  const siblings = steps.filter((other) => other.target === step.target && other.id !== step.id && isOfPlan(other) === isOfPlan(step));
  const waitedFor = siblings.filter(({ action }) => step.after.includes(action));
  assert.ok(waitedFor.every(isOver), `${step.action} starts after ${step.after.join(', ')}`);
  assert.ok(!siblings.some(isAbsence), 'nothing is done in a target that does not know the person');
  if (step.phase === 'remove') {
    assert.ok(siblings.filter(({ phase }) => BEFORE_REMOVAL.includes(phase)).every(isOver), 'nobody is removed while anything is open');
  }
}

function startsNothingIrreversibleTooEarly(step: Step, snapshot: Snapshot, around: Surroundings, history: History): void {
  const { now, policy, outages } = around;
  const { handOverAt } = snapshot.case;
  const steps = snapshot.steps.filter(isOfPlan);
  if (!HARD_TO_REVERSE.includes(step.phase) || !isOfPlan(step)) {
    return;
  }
  assert.ok(handOverAt === null || handOverAt <= now, `${step.action} starts behind the time that the case has for it`);
  assert.ok(steps.filter(isConfirmation).every(isOver), `${step.action} starts once whoever must has confirmed the departure`);
  const containment = steps.filter(({ phase }) => CONTAINMENT.includes(phase));
  const own = containment.filter(({ target }) => target === step.target);
  assert.ok(own.every(isOver), `${step.action} starts once its own target is contained`);
  const untried = containment.filter(
    (other) => !isOver(other) && !outages.has(other.target) && !isBlockedOrTried(other, containment, history),
  );
  assert.deepEqual(untried, [], `${step.action} starts once containment was tried everywhere`);
  const contained = Math.max(...own.map(({ id }) => history.containedAt.get(id)?.getTime() ?? Number.POSITIVE_INFINITY));
  assert.ok(now.getTime() >= contained + policy.graceSeconds * 1_000, `${step.action} starts behind the grace period`);
}

function isBlockedOrTried(step: Step, containment: readonly Step[], history: History): boolean {
  const before = containment.filter(
    (other) => other.target === step.target && step.after.includes(other.action) && !isOver(other) && other.id !== step.id,
  );
  return history.ended.has(step.id) || before.some((other) => isBlockedOrTried(other, containment, history));
}

function claimsWithinLimits({ after, claimed }: Transition, { capacity, policy }: Surroundings): void {
  for (const lane of ['contain', 'bulk'] as const) {
    const count = claimed.filter((step) => laneOf(step) === lane).length;
    assert.ok(count <= Math.max(capacity?.free[lane] ?? 0, 0), 'nobody claims more than there is room for');
  }
  if (after.case.hold !== null) {
    assert.deepEqual(claimed, [], 'a held case starts nothing');
  }
  if (after.case.state === 'held') {
    const allowed: readonly Phase[] = [...CONTAINMENT, 'inventory'];
    assert.ok(
      claimed.every(({ phase }) => allowed.includes(phase)),
      'a case whose departure is in doubt is locked out, and nothing more',
    );
  }
  for (const target of new Set(claimed.map((step) => step.target))) {
    const transfers = after.steps.filter((step) => step.target === target && step.phase === 'transfer' && step.state === 'running');
    assert.ok(transfers.length <= policy.transfersAtOnce, 'no more transfers run at once than the policy allows');
  }
}

function recordsEveryStateOfTheCase({ before, after, entries }: Transition): void {
  const told = entries.filter(({ kind }) => kind === 'case.state').map(({ data: { from, to } }) => ({ from, to }));
  const { state } = after.case;
  assert.deepEqual(told, before.case.state === state ? [] : [{ from: before.case.state, to: state }]);
  assert.equal(after.case.completedAt !== null, state === 'completed');
}

function isAbsence({ phase, outcome }: Step): boolean {
  return phase === 'resolve' && outcome === 'already-absent';
}

function isContainedOnce({ before, after, entries }: Transition): void {
  if (after.case.undo !== null || entries.some(({ kind }) => kind === 'case.resumed')) {
    return;
  }
  const told = entries.filter(({ kind }) => kind === 'case.contained').map(({ data }) => data);
  const { containedAt } = after.case;
  if (before.case.containedAt !== null) {
    assert.deepEqual([containedAt, told], [before.case.containedAt, []]);
    return;
  }
  assert.deepEqual(told, containedAt === null ? [] : [{ at: containedAt.toISOString() }]);
  const containment = after.steps.filter((step) => isOfPlan(step) && CONTAINMENT.includes(step.phase));
  const wasDone = containment.some(({ phase, state }) => phase === 'contain' && state === 'done');
  assert.equal(
    containedAt !== null,
    containment.every(isOver) && wasDone,
    'contained means that something was done everywhere it had to be',
  );
}

function isCompletedHonestly({ case: subject, steps }: Snapshot): void {
  if (subject.state === 'completed') {
    assert.ok(steps.every(isOver), 'completed means that nothing is open');
    assert.ok(!steps.filter(({ phase }) => phase === 'resolve').every(isAbsence), 'completed means that somebody was found');
  }
}

/** The record alone, played from the state before, must give the state after: then no change of any step is missing from it. */
function recordsEveryStateOfItsSteps({ before, after, entries }: Transition): void {
  const states = new Map<string, StepState>(before.steps.map(({ id, state }) => [id, state]));
  for (const entry of entries) {
    play(entry, states);
  }
  assert.deepEqual(states, new Map(after.steps.map(({ id, state }) => [id, state])));
}

const AFTER: Readonly<Partial<Record<NewEntry['kind'], { from: readonly (StepState | undefined)[]; to: StepState }>>> = {
  'step.started': { from: ['pending'], to: 'running' },
  'step.finished': { from: ['running'], to: 'done' },
  'step.failed': { from: ['running'], to: 'failed' },
  'step.postponed': { from: ['running'], to: 'pending' },
  'step.released': { from: ['running'], to: 'pending' },
  'step.skipped': { from: ['running', 'pending', 'failed'], to: 'skipped' },
  'step.added': { from: [undefined, 'done', 'skipped'], to: 'pending' },
};

function play({ kind, data }: NewEntry, states: Map<string, StepState>): void {
  if (kind === 'plan.made') {
    for (const { step } of data['steps'] as { step: string }[]) {
      assert.ok(!states.has(step));
      states.set(step, 'pending');
    }
  } else if (kind === 'case.undone') {
    for (const step of [...(data['again'] as string[]), ...(data['steps'] as { step: string }[]).map(({ step }) => step)]) {
      states.set(step, 'pending');
    }
  } else if (kind === 'case.retried' || kind === 'case.resumed' || kind === 'case.upgraded') {
    for (const step of data['steps'] as string[]) {
      assert.ok(states.has(step));
      states.set(step, 'pending');
    }
  } else if (AFTER[kind]) {
    const id = String(data['step']);
    assert.ok(AFTER[kind].from.includes(states.get(id)), `${kind} does not follow ${states.get(id)}`);
    states.set(id, AFTER[kind].to);
  }
}

function epochsNeverGoDown({ before, after, entries }: Transition): void {
  const steps = new Map(after.steps.map((step) => [step.id, step]));
  for (const { id, epoch, attempts } of before.steps) {
    const now = steps.get(id);
    const started = entries.filter(({ kind, data }) => kind === 'step.started' && data['step'] === id).length;
    assert.ok(
      now && now.epoch === epoch + started && now.attempts === attempts + started,
      'every claim counts one epoch, nothing else does',
    );
  }
}

/** What the tables of the database would refuse. */
function fitsTheTables({ steps }: Snapshot): void {
  for (const { state, outcome, workerId } of steps) {
    assert.equal(state === 'done', outcome !== null);
    assert.equal(state === 'running', workerId !== null);
  }
  const names = steps.map(({ target, action, subject }) => `${target} ${action} ${subject ?? ''}`);
  assert.equal(new Set(names).size, names.length, 'no step is there twice');
}

/** Something or somebody will look at the case again, or a person was asked. */
function isNotForgotten({ after, wake, refused }: Transition, now: Date): void {
  const { state, lookAgainAt } = after.case;
  const asked = isFinal(state) || state === 'held' || state === 'attention';
  const goesOn = wake.size > 0 || lookAgainAt !== null || after.steps.some((step) => step.state === 'running');
  assert.ok(refused !== null || asked || goesOn, 'a case that nobody will look at again must have asked a person');
  assert.ok(wake.size === 0 || lookAgainAt?.getTime() === now.getTime(), 'what a wake-up is for is found without it too');
}
