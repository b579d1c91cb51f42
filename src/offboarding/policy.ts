import type { StepRetry } from './retry-policy.ts';

/** The part of the configuration that decides over cases. */
export interface Policy {
  /** Between containment and the phases that are hard to reverse, in seconds. */
  readonly graceSeconds: number;
  /** E-mails (exact) and `*@domain` patterns of people whose case always waits for approval. */
  readonly protected: readonly string[];
  readonly stepRetry: StepRetry;
  /** How many transfers of one target run side by side for one case. */
  readonly transfersAtOnce: number;
}

/** Whether the e-mail is under special protection, and by which entry. Compared without regard to case. */
export function protectedBy(email: string, patterns: readonly string[]): string | null {
  const key = email.toLowerCase();
  const domain = key.slice(key.lastIndexOf('@'));
  return (
    patterns.find((pattern) => (pattern.startsWith('*@') ? pattern.slice(1).toLowerCase() === domain : pattern.toLowerCase() === key)) ??
    null
  );
}
