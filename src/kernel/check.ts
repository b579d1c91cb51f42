/**
 * What a look at one thing has shown.
 *
 * - `fine`: it was tried, and it works
 * - `unclear`: reading alone cannot tell, or it could not be tried just now
 * - `fix`: somebody has to mend it; `detail` says how
 */
export const VERDICTS = ['fine', 'unclear', 'fix'] as const;

/** One thing that was looked at, for people: what, and what came of it. Never with a secret. */
export interface Check {
  readonly what: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly detail: string;
}
