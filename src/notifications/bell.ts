import type { Clock } from '../kernel/clock.ts';

/** A pause that can be cut short. */
export interface Bell {
  ring(): void;
  /** From here on only a new ring counts. */
  reset(): void;
  /** Resolves after `ms`, when the bell rings or has rung since it was reset, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let hasRung = false;
  let wake = (): void => undefined;
  return {
    ring: () => {
      hasRung = true;
      wake();
    },
    reset: () => {
      hasRung = false;
    },
    wait: async (ms, signal) => {
      if (hasRung) return;
      const rung = Promise.withResolvers<void>();
      const over = new AbortController();
      wake = rung.resolve;
      await Promise.race([rung.promise, clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)]);
      over.abort();
    },
  };
}
