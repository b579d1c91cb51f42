import { setTimeout as delay } from 'node:timers/promises';

/** Where time comes from. It is passed in, so that a test can move it. */
export interface Clock {
  /** The present moment. */
  now(): Date;
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
