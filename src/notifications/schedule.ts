import { growing } from '../outbound/outbound.ts';

/** What came of one attempt to send a message. `problem` is for people, without addresses and secrets. */
export type Sent =
  | { readonly kind: 'sent' }
  | { readonly kind: 'later'; readonly problem: string; readonly afterMs?: number | undefined }
  | { readonly kind: 'never'; readonly problem: string };

/** What becomes of the message. */
export type Fate =
  | { readonly state: 'sent' }
  | { readonly state: 'pending'; readonly afterMs: number; readonly problem: string }
  | { readonly state: 'refused' | 'expired'; readonly problem: string };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** A message that nobody took for so long is old news. */
export const LIFETIME_MS = 3 * 24 * 3_600_000;

/**
 * What becomes of a message after an attempt: tried again after pauses that double from a second to an hour, or after what the receiver asks for, until
 * it is three days old.
 *
 * @param attempts how often it was tried, this time included
 */
export function fateOf(sent: Sent, { attempts, ageMs }: { readonly attempts: number; readonly ageMs: number }): Fate {
  switch (sent.kind) {
    case 'sent':
      return { state: 'sent' };
    case 'never':
      return { state: 'refused', problem: sent.problem };
    case 'later': {
      const afterMs = Math.max(growing(attempts, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), sent.afterMs ?? 0);
      return ageMs + afterMs > LIFETIME_MS
        ? { state: 'expired', problem: sent.problem }
        : { state: 'pending', afterMs, problem: sent.problem };
    }
  }
}
