/** When a step that could not be finished is started again. All times in milliseconds. */
export interface StepRetry {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How long a step is tried before a person must look. */
  readonly deadlineMs: number;
}

export interface FailedAttempt {
  /** Attempts of the present schedule, this one included. */
  readonly attempts: number;
  readonly scheduleStartedAt: Date;
  readonly now: Date;
  /** What the target asked for, or the action knows to be right. */
  readonly retryAfterMs: number | undefined;
  /** A number from 0 up to 1. */
  readonly random: number;
}

/**
 * The moment of the next attempt, or null when the schedule is used up. Doubles from `minDelayMs` to `maxDelayMs` with half of each delay
 * random, so that many cases do not come back at once; what the target asked for goes above it, but never below `minDelayMs`: a target that
 * says "at once" is not asked without a pause.
 */
export function nextAttempt(policy: StepRetry, attempt: FailedAttempt): Date | null {
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** Math.min(attempt.attempts - 1, 30));
  const asked = attempt.retryAfterMs === undefined ? null : Math.max(attempt.retryAfterMs, policy.minDelayMs);
  const delay = asked ?? ceiling / 2 + (ceiling / 2) * attempt.random;
  const at = attempt.now.getTime() + delay;
  return at > attempt.scheduleStartedAt.getTime() + policy.deadlineMs ? null : new Date(at);
}
