import type { CaseState, Step } from './case.ts';
import type { Conditions } from './decide.ts';

export interface Standing {
  readonly state: CaseState;
  readonly reason: string | null;
}

/**
 * How a case stands whose steps are not all over: somebody must act where a step has failed, or where a target has not answered for longer than any
 * schedule lasts; otherwise it runs while anything does, and waits when nothing can.
 */
export function standingOf(steps: readonly Step[], start: readonly Step[], conditions: Conditions): Standing {
  const failed = steps.filter((step) => step.state === 'failed');
  if (failed.length > 0) {
    return { state: 'attention', reason: describeFailures(failed) };
  }
  const missed = steps.find((step) => step.state === 'pending' && isLost(step, conditions));
  if (missed) {
    return { state: 'attention', reason: describeOutage(missed, conditions, 'Mend that, or see to it by hand. ') };
  }
  if (start.length > 0 || steps.length === 0 || steps.some((step) => step.state === 'running')) {
    return { state: 'running', reason: null };
  }
  const waiting = steps.find((step) => step.state === 'pending' && conditions.outages.has(step.target));
  return { state: 'waiting', reason: waiting ? describeOutage(waiting, conditions, '') : null };
}

/** When to look again although nothing happened: at the next attempt, or when an outage becomes a matter for a person. */
export function momentsOf(step: Step, conditions: Conditions): Date[] {
  if (step.state !== 'pending') {
    return [];
  }
  const givenUpAt = givesUpAt(step, conditions);
  const moments = givenUpAt ? [givenUpAt, lookAgain(conditions.now)] : [step.nextAttemptAt];
  return moments.flatMap((moment) => (moment && moment > conditions.now ? [moment] : []));
}

/** Whoever waits for a target is woken when it answers again; this is for the day on which that wake-up is lost. */
const LOOK_AGAIN_MS = 30_000;

function lookAgain(now: Date): Date {
  return new Date(now.getTime() + LOOK_AGAIN_MS);
}

export function earliest(moments: readonly Date[]): Date | null {
  return moments.length === 0 ? null : new Date(Math.min(...moments.map((moment) => moment.getTime())));
}

function givesUpAt({ target }: Step, { outages, policy }: Conditions): Date | null {
  const since = outages.get(target);
  return since ? new Date(since.getTime() + policy.stepRetry.deadlineMs) : null;
}

function isLost(step: Step, conditions: Conditions): boolean {
  const end = givesUpAt(step, conditions);
  return end !== null && end <= conditions.now;
}

function describeFailures(failed: readonly Step[]): string {
  const [first] = failed;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return `${first?.error?.message ?? `${first?.target}: ${first?.action} failed`}${more}`;
}

function describeOutage({ target, action }: Step, { outages }: Conditions, advice: string): string {
  return `${target} has not answered since ${outages.get(target)?.toISOString()}; ${action} waits for it. ${advice}The case goes on by itself once it answers.`;
}
