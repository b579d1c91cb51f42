import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/kernel/clock.ts';

export interface MovingClock extends Clock {
  /** Every pause that was slept, in milliseconds. */
  readonly slept: readonly number[];
  move(ms: number): void;
}

/** A clock on which a pause takes no time and still lies between the moments before and after it. */
export function movingClock(start = '2026-03-02T08:00:00.000Z'): MovingClock {
  let now = Date.parse(start);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    monotonic: () => now,
    move: (ms) => {
      now += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
      await turn(undefined, signal ? { signal } : {});
    },
  };
}
