import type { Posted } from '../../outbound/outbound.ts';
import type { Sent } from '../schedule.ts';

/** What a post came to. One that was refused is tried again all the same: what is wrong with a hook is mended by people, at any time. */
export function sentOf(posted: Posted): Sent {
  return posted.kind === 'taken'
    ? { kind: 'sent' }
    : { kind: 'later', problem: `the hook ${posted.cameBack}`, afterMs: posted.retryAfterMs };
}
