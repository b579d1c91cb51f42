import type { Json } from '../kernel/json.ts';
import type { ActionError, ActionResult, FollowUp } from '../targets/target.ts';
import { isConfirmation, isOver, type Step } from './case.ts';
import type { CaseEvent } from './case-event.ts';
import { anew, codesOf, type Draft, describe } from './draft.ts';
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
      draft.put({ ...idle, state: 'skipped' });
      draft.record('step.skipped', { ...describe(step), reason: result.reason });
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

export function releaseStep(draft: Draft, step: Step, reason: string): void {
  draft.put({ ...step, state: 'pending', workerId: null, nextAttemptAt: null });
  draft.record('step.released', { ...describe(step), epoch: step.epoch, reason });
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
    draft.put({ ...anew(step), workerId: null });
    draft.record('step.postponed', { ...describe(step), epoch: step.epoch, reason });
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
  if (targetDown && outages.has(step.target)) {
    putOff(draft, { ...step, scheduleAttempts: step.scheduleAttempts - 1, nextAttemptAt: null }, error);
    return;
  }
  const { scheduleAttempts: attempts, scheduleWaitedMs: waitedMs } = step;
  const next = nextAttempt(policy.stepRetry, { attempts, waitedMs, now, retryAfterMs: afterMs, random: random() });
  if (next) {
    putOff(draft, { ...step, nextAttemptAt: next.at, scheduleWaitedMs: next.waitedMs }, error);
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
  draft.record('step.postponed', { ...describe(step), epoch: step.epoch, attempt: step.attempts, ...codesOf(error), nextAttemptAt });
}

/**
 * Nothing was done, so the step is as if it had not been started. The case is held, as by anybody else who has a doubt, unless it is taken back anyway; a
 * doubt about the departure keeps its question to itself, so that the lock-out goes on.
 */
function askFirst(draft: Draft, step: Step, reason: string): void {
  const asks = isConfirmation(step);
  draft.put({ ...anew(step), workerId: null, facts: asks ? { ...step.facts, question: reason } : step.facts });
  draft.record('step.postponed', { ...describe(step), epoch: step.epoch, reason });
  if (!asks) {
    hold(draft, { by: step.target, reason });
  }
}

function fail(draft: Draft, step: Step, error: ActionError): void {
  draft.put({ ...step, state: 'failed', workerId: null, nextAttemptAt: null, error, finishedAt: draft.around.now });
  draft.record('step.failed', { ...describe(step), epoch: step.epoch, attempt: step.attempts, ...codesOf(error) });
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
