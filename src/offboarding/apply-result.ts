import type { Json } from '../kernel/json.ts';
import type { ActionError, ActionResult, FollowUp } from '../targets/target.ts';
import { isConfirmation, isOver, type Step } from './case.ts';
import type { CaseEvent } from './case-event.ts';
import { anew, codesOf, type Draft, describe, POLICY } from './draft.ts';
import { hold } from './instruct.ts';
import { planFollowUps } from './plan.ts';
import { nextAttempt } from './retry-policy.ts';

export function applyResult(draft: Draft, { stepId, epoch, result }: Extract<CaseEvent, { type: 'result' }>): string | null {
  const step = claimedStep(draft, stepId, epoch);
  if (!step) {
    return 'the step has been taken over in the meantime';
  }
  const idle = { ...step, workerId: null, nextAttemptAt: null, error: null, finishedAt: draft.around.now };
  switch (result.kind) {
    case 'ask-first':
      askFirst(draft, step, result.reason);
      return null;
    case 'done':
      finish(draft, { ...idle, state: 'done', outcome: result.outcome, facts: { ...step.facts, ...result.facts } });
      addFollowUps(draft, step, result.followUps ?? []);
      return null;
    case 'account-absent':
      finish(draft, { ...idle, state: 'done', outcome: 'already-absent', facts: { ...step.facts, ...result.facts } });
      return null;
    case 'not-needed':
      draft.put({ ...idle, state: 'skipped', facts: { ...step.facts, note: result.reason } });
      draft.recordEnd('step.skipped', step, { reason: result.reason, by: POLICY });
      return null;
    case 'more-first':
      standBack(draft, step, result);
      return null;
    case 'retry-later':
      postpone(draft, step, result);
      return null;
    case 'refused':
      fail(draft, step, result.error);
      return null;
  }
}

export function release(draft: Draft, event: { stepId: string; epoch: number }): string | null {
  const step = claimedStep(draft, event.stepId, event.epoch);
  if (!step) {
    return 'the step has been taken over in the meantime';
  }
  releaseStep(draft, step, 'its worker stops');
  return null;
}

function claimedStep(draft: Draft, stepId: string, epoch: number): Step | null {
  const step = draft.steps.get(stepId);
  return step && step.state === 'running' && step.epoch === epoch ? step : null;
}

/** So often a worker may be gone in the middle of one step before that is put down to the step. */
const LOST_WORKERS = 3;

/** Of a worker that is gone: others begin at once, unless the step seems to be what its workers die of. Then it is tried on its schedule. */
export function takeOver(draft: Draft, step: Step): void {
  if (step.scheduleAttempts < LOST_WORKERS) {
    releaseStep(draft, step, 'its worker is gone');
    return;
  }
  const message = `${step.target}: each worker that tried ${step.action} was gone before it could report; whether it took effect is not known.`;
  postpone(draft, step, { error: { code: 'target-unclear', message } });
}

function releaseStep(draft: Draft, step: Step, reason: string): void {
  draft.put({ ...step, state: 'pending', workerId: null, nextAttemptAt: null });
  draft.recordEnd('step.released', step, { reason });
}

function finish(draft: Draft, step: Step): void {
  draft.put(step);
  const { rest: facts, personal } = divide(step.facts);
  draft.recordEnd('step.finished', step, { outcome: step.outcome, facts }, personal === null ? undefined : { facts: personal });
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
    draft.put({ ...anew(step), workerId: null });
    draft.recordEnd('step.postponed', step, { reason });
    return;
  }
  for (const again of asked) {
    draft.put(anew(again));
    draft.record('step.added', { ...describe(again), because: step.id });
  }
  postpone(draft, step, { error: { code: 'target-unclear', message: `${step.target}: ${reason}.` } });
}

/** Puts the step off on its schedule. While its target is known to be down the attempt counts for nothing: the step waits for the target. */
function postpone(draft: Draft, step: Step, { error, afterMs, targetDown }: Pick<RetryLater, 'error' | 'afterMs' | 'targetDown'>): void {
  const { now, policy, random, outages } = draft.around;
  const told = afterMs === undefined ? error : { ...error, retryAfterMs: afterMs };
  if (targetDown && outages.has(step.target)) {
    const asked = afterMs === undefined ? null : new Date(now.getTime() + afterMs);
    putOff(draft, { ...step, scheduleAttempts: step.scheduleAttempts - 1, nextAttemptAt: asked }, told);
    return;
  }
  const { scheduleAttempts: attempts, scheduleWaitedMs: waitedMs } = step;
  const next = nextAttempt(policy.stepRetry, { attempts, waitedMs, now, retryAfterMs: afterMs, random: random() });
  if (next) {
    putOff(draft, { ...step, nextAttemptAt: next.at, scheduleWaitedMs: next.waitedMs }, told);
    return;
  }
  const since = (step.scheduleStartedAt ?? now).toISOString();
  const message = `${error.message} It was tried ${attempts} times since ${since}; Leaver has stopped trying. Mend the cause, then retry the case.`;
  fail(draft, step, { ...error, message });
}

type RetryLater = Extract<ActionResult, { kind: 'retry-later' }>;

function putOff(draft: Draft, step: Step, error: ActionError): void {
  draft.put({ ...step, state: 'pending', workerId: null, error });
  const nextAttemptAt = step.nextAttemptAt?.toISOString() ?? null;
  draft.recordEnd('step.postponed', step, { ...codesOf(error), nextAttemptAt });
}

/**
 * Nothing was done, so the step is as if it had not been started. The case is held, as by anybody else who has a doubt, unless it is taken back anyway; a
 * doubt about the departure keeps its question to itself, so that the lock-out goes on.
 */
function askFirst(draft: Draft, step: Step, reason: string): void {
  const asks = isConfirmation(step);
  draft.put({ ...anew(step), workerId: null, facts: asks ? { ...step.facts, question: reason } : step.facts });
  draft.recordEnd('step.postponed', step, { reason, by: step.target });
  if (!asks) {
    hold(draft, { by: step.target, reason });
  }
}

function fail(draft: Draft, step: Step, error: ActionError): void {
  draft.put({ ...step, state: 'failed', workerId: null, nextAttemptAt: null, error, finishedAt: draft.around.now });
  draft.recordEnd('step.failed', step, codesOf(error));
}

const NAMES_SOMEBODY = new Set([
  'email',
  'name',
  'notice',
  'userId',
  'accountId',
  'ownerId',
  'ownerBefore',
  'seenWith',
  'successorId',
  'actorId',
]);

function isPersonal([key, value]: readonly [string, Json]): boolean {
  return NAMES_SOMEBODY.has(key) && value !== null;
}

/** The facts in two: without what says who somebody is, and that alone, which the ledger sets apart because it cannot forget; null where there is none. */
function divide(facts: Json): { rest: Json; personal: Json } {
  if (Array.isArray(facts)) {
    const items = facts.map(divide);
    const personal = items.map((item) => item.personal);
    return { rest: items.map(({ rest }) => rest), personal: personal.every((one) => one === null) ? null : personal };
  }
  if (facts === null || typeof facts !== 'object') {
    return { rest: facts, personal: null };
  }
  const members = Object.entries(facts).filter(([, value]) => value !== undefined);
  const impersonal = members.filter((one) => !isPersonal(one)).map(([key, value]) => [key, divide(value)] as const);
  const apart = [
    ...members.filter(isPersonal),
    ...impersonal.filter(([, { personal }]) => personal !== null).map(([key, { personal }]) => [key, personal] as const),
  ];
  return {
    rest: Object.fromEntries(impersonal.map(([key, { rest }]) => [key, rest])),
    personal: apart.length === 0 ? null : Object.fromEntries(apart),
  };
}
