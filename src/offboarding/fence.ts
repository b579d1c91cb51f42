import type { Clock } from '../kernel/clock.ts';
import { LeaverError } from '../kernel/errors.ts';

/** How long a worker may act without having been seen alive: well below the time after which others replace it. */
export const FENCE_TTL_MS = 8_000;

/**
 * Keeps a worker that has been away (a paused process, a lost database) from touching a target: others may have taken its steps over.
 * Checked right before every call that leaves the process.
 */
export interface Fence {
  /** The database has seen the worker alive at `at` (monotonic milliseconds): the moment of asking, never that of the answer, which may have waited through a pause. */
  renew(at: number): void;
  /** The worker has lost its claims for good. */
  cut(): void;
  /** @throws LeaverError `conflict` when the worker was away for too long */
  check(): void;
}

/** A fence that opens `ttlMs` after the last renewal; before the first one it lets everything through, as a process without a worker has no claims to lose. */
export function createFence(clock: Clock, ttlMs: number): Fence {
  let renewedAt: number | null = null;
  let isCut = false;
  return {
    renew: (at) => {
      renewedAt = at;
      isCut = false;
    },
    cut: () => {
      isCut = true;
    },
    check: () => {
      if (isCut || (renewedAt !== null && clock.monotonic() - renewedAt > ttlMs)) {
        throw new LeaverError(
          'conflict',
          'This worker was away for too long: its steps belong to another worker by now. It makes no further call for them.',
        );
      }
    },
  };
}
