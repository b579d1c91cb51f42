/** When a step that could not be finished is started again. All times in milliseconds. */
export interface StepRetry {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How long the pauses between the attempts of a step may be in sum before a person must look. */
  readonly deadlineMs: number;
}

export interface FailedAttempt {
  /** Attempts of the present schedule, this one included. */
  readonly attempts: number;
  /** The pauses that the present schedule has made so far. */
  readonly waitedMs: number;
  readonly now: Date;
  /** What the target asked for, or the action knows to be right. */
  readonly retryAfterMs: number | undefined;
  /** A number from 0 up to 1. */
  readonly random: number;
}

export interface NextAttempt {
  readonly at: Date;
  /** The pauses of the schedule, this one included. */
  readonly waitedMs: number;
}

/**
 * When to try next, or null when the schedule is used up. Doubles from `minDelayMs` to `maxDelayMs` with half of each delay
 * random, so that many cases do not come back at once; what the target asked for goes above it, but never below `minDelayMs`: a target that
 * says "at once" is not asked without a pause. Only pauses count towards the deadline: what passes while the target is known to be down, or while no
 * worker runs, uses up nobody's schedule.
 */
export function nextAttempt(policy: StepRetry, attempt: FailedAttempt): NextAttempt | null {
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** Math.min(attempt.attempts - 1, 30));
  const asked = attempt.retryAfterMs === undefined ? null : Math.max(attempt.retryAfterMs, policy.minDelayMs);
  const delay = Math.round(asked ?? ceiling / 2 + (ceiling / 2) * attempt.random);
  const waitedMs = attempt.waitedMs + delay;
  return waitedMs > policy.deadlineMs ? null : { at: new Date(attempt.now.getTime() + delay), waitedMs };
}
