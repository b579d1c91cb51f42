import type { NewId } from '../kernel/ids.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { EntryKind, NewEntry } from '../ledger/ledger.ts';
import type { ActionError, ActionResult, FollowUp, Playbook } from '../targets/target.ts';
import { type Case, isFinal, isOver, type Snapshot, type Step } from './case.ts';
import { decide, type Lane, laneOf } from './decide.ts';
import { type Plannable, plan, planFollowUps, planMissing } from './plan.ts';
import type { Policy } from './policy.ts';
import { nextAttempt } from './retry-policy.ts';

/** What can happen to a case. `by` is the name of the token or connection that asked for it. */
export type CaseEvent =
  | { readonly type: 'wake' }
  | { readonly type: 'result'; readonly stepId: string; readonly epoch: number; readonly result: ActionResult }
  | { readonly type: 'released'; readonly stepId: string; readonly epoch: number }
  | { readonly type: 'retry'; readonly by: string; readonly reason: string }
  | { readonly type: 'approve'; readonly by: string; readonly reason: string }
  | { readonly type: 'hold'; readonly by: string; readonly reason: string }
  | { readonly type: 'upgrade'; readonly by: string; readonly playbook: Playbook };

/** How many more steps of each lane the asking worker can run; absent when the asker is not a worker. */
export interface Capacity {
  readonly workerId: string;
  readonly free: Readonly<Record<Lane, number>>;
}

export interface Surroundings {
  readonly now: Date;
  readonly targets: readonly Plannable[];
  readonly policy: Policy;
  readonly newId: NewId;
  readonly random: () => number;
  readonly capacity: Capacity | null;
}

export interface Transition {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Steps that are new or differ from before. */
  readonly touched: readonly Step[];
  /** Steps that the asking worker now has to run. */
  readonly claimed: readonly Step[];
  readonly entries: readonly NewEntry[];
  /** Lanes in which some worker must look at the case at once. */
  readonly wake: ReadonlySet<Lane>;
  /** The event came too late, or the state forbids it: nothing was changed by it. */
  readonly refused: string | null;
}

/**
 * The whole effect of one event on a case: the new state, what is to be recorded and who is to be woken. Pure but for `newId` and `random`, which
 * are handed in. A result whose epoch is not the step's present one changes nothing.
 */
export function transition(before: Snapshot, event: CaseEvent, around: Surroundings): Transition {
  const draft = new Draft(before, around);
  const refused = apply(draft, event);
  if (refused !== null) {
    return { before, after: before, touched: [], claimed: [], entries: [], wake: new Set(), refused };
  }
  return settle(draft);
}

/** A case while it changes: keeps what was touched and what is to be recorded. */
class Draft {
  case: Case;
  readonly steps: Map<string, Step>;
  readonly touched = new Set<string>();
  readonly entries: NewEntry[] = [];
  readonly before: Snapshot;
  readonly around: Surroundings;

  constructor(before: Snapshot, around: Surroundings) {
    this.before = before;
    this.around = around;
    this.case = before.case;
    this.steps = new Map(before.steps.map((step) => [step.id, step]));
  }

  snapshot(): Snapshot {
    return { case: this.case, steps: [...this.steps.values()].sort((a, b) => a.position - b.position) };
  }

  put(step: Step): Step {
    this.steps.set(step.id, step);
    this.touched.add(step.id);
    return step;
  }

  record(kind: EntryKind, data: JsonObject): void {
    this.entries.push({ kind, caseId: this.case.id, data });
  }
}

/** Applies the event; the answer says why it was refused, null when it was not. */
function apply(draft: Draft, event: CaseEvent): string | null {
  switch (event.type) {
    case 'wake':
      planOnce(draft);
      return null;
    case 'result':
      return applyResult(draft, event);
    case 'released':
      return release(draft, event);
    case 'retry':
      return retry(draft, event);
    case 'approve':
      return approve(draft, event);
    case 'hold':
      return hold(draft, event);
    case 'upgrade':
      return upgrade(draft, event);
  }
}

function planOnce(draft: Draft): void {
  if (draft.steps.size === 0 && !isFinal(draft.case.state)) {
    makePlan(draft);
  }
  for (const step of [...draft.steps.values()].filter(({ state, workerAlive }) => state === 'running' && !workerAlive)) {
    releaseStep(draft, step, 'its worker is gone');
  }
}

/** Where no target has anything to do, a person is asked: a case that finds nothing to do must not look like one that is on its way. */
function makePlan(draft: Draft): void {
  const { targets, newId } = draft.around;
  const steps = plan(targets, draft.case.playbook, newId);
  if (steps.length > 0) {
    addToPlan(draft, steps);
  } else if (draft.case.hold === null) {
    const reason = `no target in the configuration has anything to do for the playbook ${draft.case.playbook}; add one, then approve`;
    hold(draft, { by: 'leaver', reason });
  }
}

function addToPlan(draft: Draft, steps: readonly Step[]): void {
  for (const step of steps) {
    draft.put(step);
  }
  draft.record('plan.made', {
    playbook: draft.case.playbook,
    steps: steps.map((step) => ({ step: step.id, target: step.target, phase: step.phase, action: step.action })),
  });
}

function claimedStep(draft: Draft, stepId: string, epoch: number): Step | null {
  const step = draft.steps.get(stepId);
  return step && step.state === 'running' && step.epoch === epoch ? step : null;
}

function release(draft: Draft, event: { stepId: string; epoch: number }): string | null {
  const step = claimedStep(draft, event.stepId, event.epoch);
  if (!step) {
    return 'the step has been taken over in the meantime';
  }
  releaseStep(draft, step, 'its worker stops');
  return null;
}

function releaseStep(draft: Draft, step: Step, reason: string): void {
  draft.put({ ...step, state: 'pending', workerId: null, nextAttemptAt: null });
  draft.record('step.released', { ...describe(step), epoch: step.epoch, reason });
}

function applyResult(draft: Draft, { stepId, epoch, result }: Extract<CaseEvent, { type: 'result' }>): string | null {
  const step = claimedStep(draft, stepId, epoch);
  if (!step) {
    return 'the step has been taken over in the meantime';
  }
  const idle = { ...step, workerId: null, nextAttemptAt: null, error: null, finishedAt: draft.around.now };
  switch (result.kind) {
    case 'done':
      finish(draft, { ...idle, state: 'done', outcome: result.outcome, facts: { ...step.facts, ...result.facts } });
      addFollowUps(draft, step, result.followUps ?? []);
      return null;
    case 'account-absent':
      finish(draft, { ...idle, state: 'done', outcome: 'already-absent', facts: { ...step.facts, ...result.facts } });
      return null;
    case 'not-needed':
      draft.put({ ...idle, state: 'skipped' });
      draft.record('step.skipped', { ...describe(step), reason: result.reason });
      return null;
    case 'more-first':
      standBack(draft, step, result);
      return null;
    case 'retry-later':
      postpone(draft, step, result.error, result.afterMs);
      return null;
    case 'refused':
      fail(draft, step, result.error);
      return null;
  }
}

function finish(draft: Draft, step: Step): void {
  draft.put(step);
  draft.record('step.finished', {
    ...describe(step),
    epoch: step.epoch,
    attempt: step.attempts,
    outcome: step.outcome,
    facts: impersonal(step.facts),
  });
}

function addFollowUps(draft: Draft, step: Step, followUps: readonly FollowUp[]): void {
  const target = draft.around.targets.find(({ id }) => id === step.target);
  const added = target ? planFollowUps(target, followUps, draft.snapshot().steps, draft.around.newId) : [];
  for (const extra of added) {
    draft.put(extra);
    draft.record('step.added', { ...describe(extra), because: step.id });
  }
}

/** Lets other steps go first. Where they have all been done before, they are done again, and the step comes back on its schedule instead of at once. */
function standBack(draft: Draft, step: Step, { followUps, reason }: Extract<ActionResult, { kind: 'more-first' }>): void {
  addFollowUps(draft, step, followUps);
  const wanted = new Set(followUps.map(({ action, subject }) => `${step.target} ${action} ${subject}`));
  const asked = [...draft.steps.values()].filter(({ target, action, subject }) => wanted.has(`${target} ${action} ${subject}`));
  if (asked.some((other) => !isOver(other))) {
    // The steps before it may take longer than its own schedule, which begins anew.
    draft.put({
      ...step,
      state: 'pending',
      workerId: null,
      nextAttemptAt: null,
      error: null,
      scheduleAttempts: 0,
      scheduleStartedAt: null,
    });
    draft.record('step.postponed', { ...describe(step), epoch: step.epoch, reason });
    return;
  }
  for (const again of asked) {
    draft.put(anew(again));
    draft.record('step.added', { ...describe(again), because: step.id });
  }
  postpone(draft, step, { code: 'target-unclear', message: `${step.target}: ${reason}.` }, undefined);
}

/** The step as if it had never been tried, but for its counts. */
function anew(step: Step): Step {
  return {
    ...step,
    state: 'pending',
    outcome: null,
    error: null,
    nextAttemptAt: null,
    scheduleAttempts: 0,
    scheduleStartedAt: null,
    finishedAt: null,
  };
}

function postpone(draft: Draft, step: Step, error: ActionError, retryAfterMs: number | undefined): void {
  const { now, policy, random } = draft.around;
  const scheduleStartedAt = step.scheduleStartedAt ?? now;
  const at = nextAttempt(policy.stepRetry, { attempts: step.scheduleAttempts, scheduleStartedAt, now, retryAfterMs, random: random() });
  if (at === null) {
    const message = `${error.message} It was tried ${step.scheduleAttempts} times since ${scheduleStartedAt.toISOString()}; Leaver has stopped trying. Mend the cause, then retry the case.`;
    fail(draft, step, { ...error, message });
    return;
  }
  draft.put({ ...step, state: 'pending', workerId: null, scheduleStartedAt, nextAttemptAt: at, error });
  draft.record('step.postponed', {
    ...describe(step),
    epoch: step.epoch,
    attempt: step.attempts,
    ...codesOf(error),
    nextAttemptAt: at.toISOString(),
  });
}

function fail(draft: Draft, step: Step, error: ActionError): void {
  draft.put({ ...step, state: 'failed', workerId: null, nextAttemptAt: null, error, finishedAt: draft.around.now });
  draft.record('step.failed', { ...describe(step), epoch: step.epoch, attempt: step.attempts, ...codesOf(error) });
}

function retry(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (draft.case.state !== 'attention' && draft.case.state !== 'waiting') {
    return `the case is ${draft.case.state}; only a case that needs attention or waits can be retried`;
  }
  const failed = [...draft.steps.values()].filter(
    (step) => step.state === 'failed' || (step.state === 'pending' && step.nextAttemptAt !== null),
  );
  // Without any failed step the case stands still because nobody was found: then the search begins again.
  const again =
    failed.length > 0 || draft.case.state === 'waiting'
      ? failed
      : [...draft.steps.values()].filter((step) => step.phase === 'resolve' || step.state === 'skipped');
  for (const step of again) {
    draft.put(anew(step));
  }
  draft.record('case.retried', { by, reason, steps: again.map(({ id }) => id) });
  return null;
}

function approve(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (draft.case.state !== 'held') {
    return `the case is ${draft.case.state}; only a held case can be approved`;
  }
  draft.record('case.approved', { by, reason });
  draft.case = { ...draft.case, hold: null };
  return null;
}

function hold(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (isFinal(draft.case.state)) {
    return `the case is ${draft.case.state}`;
  }
  draft.record('case.held', { by, reason });
  draft.case = { ...draft.case, hold: reason };
  return null;
}

function upgrade(draft: Draft, { by, playbook }: { by: string; playbook: Playbook }): string | null {
  if (isFinal(draft.case.state) || draft.case.playbook === 'offboard' || playbook === 'contain') {
    return `the case is ${draft.case.state} with the playbook ${draft.case.playbook}`;
  }
  draft.record('case.upgraded', { by, from: draft.case.playbook, to: playbook });
  draft.case = { ...draft.case, playbook };
  if (draft.steps.size > 0) {
    addToPlan(draft, planMissing(draft.around.targets, playbook, draft.snapshot().steps, draft.around.newId));
  }
  return null;
}

/** Decides what follows from the new state, claims what the asking worker can run, and records what changed for the case itself. */
function settle(draft: Draft): Transition {
  const { now, policy, capacity } = draft.around;
  const decision = decide(draft.snapshot(), policy, now);
  for (const { step, reason } of decision.skip) {
    draft.put({ ...step, state: 'skipped', finishedAt: now });
    draft.record('step.skipped', { ...describe(step), reason });
  }
  const { claimed, wake } = claim(draft, decision.start, capacity);
  if (draft.case.containedAt === null && decision.containedAt !== null) {
    draft.record('case.contained', { at: decision.containedAt.toISOString() });
  }
  if (draft.case.state !== decision.state) {
    draft.record('case.state', { from: draft.case.state, to: decision.state });
  }
  // Work that was left for a woken worker is looked for again in case the wake-up is lost.
  const lookAgainAt = wake.size > 0 ? now : decision.lookAgainAt;
  const completedAt = decision.state === 'completed' ? (draft.case.completedAt ?? now) : draft.case.completedAt;
  draft.case = {
    ...draft.case,
    state: decision.state,
    reason: decision.reason,
    containedAt: decision.containedAt,
    completedAt,
    lookAgainAt,
  };
  const after = draft.snapshot();
  return {
    before: draft.before,
    after,
    touched: after.steps.filter((step) => draft.touched.has(step.id)),
    claimed,
    entries: draft.entries,
    wake,
    refused: null,
  };
}

function claim(draft: Draft, start: readonly Step[], capacity: Capacity | null): { claimed: Step[]; wake: Set<Lane> } {
  const free = { contain: 0, bulk: 0, ...capacity?.free };
  const wake = new Set<Lane>();
  const claimed: Step[] = [];
  for (const step of start) {
    const lane = laneOf(step);
    if (capacity && free[lane] > 0) {
      free[lane] -= 1;
      claimed.push(claimStep(draft, step, capacity.workerId));
    } else {
      wake.add(lane);
    }
  }
  const unplanned = draft.steps.size === 0 && !capacity && !isFinal(draft.case.state);
  return { claimed, wake: unplanned ? new Set(['contain'] as const) : wake };
}

function claimStep(draft: Draft, step: Step, workerId: string): Step {
  const { now } = draft.around;
  const running = draft.put({
    ...step,
    state: 'running',
    epoch: step.epoch + 1,
    attempts: step.attempts + 1,
    scheduleAttempts: step.scheduleAttempts + 1,
    workerId,
    workerAlive: true,
    startedAt: step.startedAt ?? now,
    scheduleStartedAt: step.scheduleStartedAt ?? now,
    finishedAt: null,
    nextAttemptAt: null,
  });
  draft.record('step.started', { ...describe(running), epoch: running.epoch, attempt: running.attempts });
  return running;
}

function describe(step: Step): { step: string; target: string; action: string; subject: string | null } {
  return { step: step.id, target: step.target, action: step.action, subject: step.subject };
}

function codesOf(error: ActionError): JsonObject {
  return { code: error.code, status: error.status ?? null, targetCode: error.targetCode ?? null };
}

const PERSONAL = new Set(['email', 'name', 'notice']);

/** The facts without what names a person: the ledger cannot forget. */
function impersonal(facts: Json): Json {
  if (Array.isArray(facts)) {
    return facts.map(impersonal);
  }
  if (facts !== null && typeof facts === 'object') {
    return Object.fromEntries(Object.entries(facts).flatMap(([key, value]) => (PERSONAL.has(key) ? [] : [[key, impersonal(value)]])));
  }
  return facts;
}
