/** How often and with which pauses one call is repeated; times in milliseconds. */
export interface RetrySettings {
  /** Calls altogether, the first one included. */
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * The pause before the next try in milliseconds, or null when the target asked for more patience than `maxDelayMs`: then it is not for
 * the caller to wait, but for a schedule that survives a restart.
 *
 * @param tries how often the call was made so far, from 1
 * @param random a number from 0 up to 1: half of the pause is chance, so that many callers do not come back together
 */
export function pauseBeforeRetry(tries: number, settings: RetrySettings, random: number, retryAfterMs?: number): number | null {
  const { minDelayMs, maxDelayMs } = settings;
  if (retryAfterMs === undefined) return growing(tries, minDelayMs, maxDelayMs) * (0.5 + random / 2);
  return retryAfterMs > maxDelayMs ? null : retryAfterMs + minDelayMs * random;
}

/** The `n`th pause (from 1) of a series that begins with `firstMs` and doubles up to `maxMs`. */
export function growing(n: number, firstMs: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** (n - 1), maxMs);
}

const SECONDS = /^\d{1,9}$/;
const HTTP_DATE = /^[A-Z][a-z]{2,8}, /;

/** How long a `Retry-After` header (RFC 9110, section 10.2.3) asks to wait, in milliseconds; undefined when it says nothing usable. */
export function retryAfterMs(header: unknown, now: Date): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (SECONDS.test(header)) return Number(header) * 1000;
  const at = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

const EPOCH_SECONDS = /^\d{10}$/;

/**
 * How long until `x-rate-limit-reset` (seconds since 1970, as Okta sends it), in milliseconds; undefined when it says nothing usable. Measured on the
 * server's own clock where the answer tells it, since ours may differ.
 *
 * @see https://developer.okta.com/docs/reference/rl-best-practices/
 */
export function rateLimitResetMs(headers: Readonly<Record<string, unknown>>, now: Date): number | undefined {
  const { 'x-rate-limit-reset': reset, date } = headers;
  if (typeof reset !== 'string' || !EPOCH_SECONDS.test(reset)) return undefined;
  const theirs = typeof date === 'string' && HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  return Math.max(0, Number(reset) * 1000 - (Number.isNaN(theirs) ? now.getTime() : theirs));
}
