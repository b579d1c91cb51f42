import type { JsonObject } from '../kernel/json.ts';
import type { CaseState, Step } from './case.ts';
import { decide, type Lane, laneOf } from './decide.ts';
import { type Capacity, type Draft, describe, isUnplanned, POLICY } from './draft.ts';
import { residualAccess } from './residual.ts';
import { whatStays } from './second-thoughts.ts';
import type { Transition } from './transition.ts';

/** Decides what follows from the new state, claims what the asking worker can run, and records what changed for the case itself. */
export function settle(draft: Draft): Transition {
  const { now, capacity } = draft.around;
  const decision = decide(draft.snapshot(), draft.around);
  for (const { step, reason } of decision.skip) {
    draft.put({ ...step, state: 'skipped', finishedAt: now });
    draft.record('step.skipped', { ...describe(step), reason, by: POLICY });
  }
  const { claimed, wake } = claim(draft, decision.start, capacity);
  if (draft.case.containedAt === null && decision.containedAt !== null) {
    draft.record('case.contained', { at: decision.containedAt.toISOString() });
  }
  const isTakenBack = draft.case.state !== decision.state && (decision.state === 'cancelled' || decision.state === 'reversed');
  const reason = isTakenBack ? whatStays(draft) : decision.reason;
  if (draft.case.state !== decision.state) {
    draft.record('case.state', { from: draft.case.state, to: decision.state, by: draft.by, reason, ...whatIsLeft(draft, decision.state) });
  }
  // Work that was left for a woken worker is looked for again in case the wake-up is lost.
  const lookAgainAt = wake.size > 0 ? now : decision.lookAgainAt;
  const completedAt = decision.state === 'completed' ? (draft.case.completedAt ?? now) : draft.case.completedAt;
  draft.case = {
    ...draft.case,
    state: decision.state,
    reason,
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

/** Said where somebody is going to rely on it: at the end, and where a person is asked. */
function whatIsLeft(draft: Draft, state: CaseState): JsonObject {
  if (state !== 'completed' && state !== 'attention') {
    return {};
  }
  return { residual: residualAccess(draft.around.targets, draft.snapshot().steps).map((one) => ({ ...one })) };
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
  return { claimed, wake: isUnplanned(draft) && !capacity ? new Set(['contain'] as const) : wake };
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
