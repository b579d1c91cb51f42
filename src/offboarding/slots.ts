import type { Lane } from './decide.ts';

/** Counts what runs in each lane, so that a worker never takes on more than it can carry. */
export interface Slots {
  free(): Record<Lane, number>;
  take(lane: Lane): void;
  give(lane: Lane): void;
  /** Resolves when the lane has room, or when `signal` is aborted. */
  room(lane: Lane, signal: AbortSignal): Promise<void>;
}

export function createSlots(size: Readonly<Record<Lane, number>>): Slots {
  const used: Record<Lane, number> = { contain: 0, bulk: 0 };
  const waiting = new Set<() => void>();
  const free = (): Record<Lane, number> => ({ contain: size.contain - used.contain, bulk: size.bulk - used.bulk });
  const nextChange = async (signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    waiting.delete(resolve);
  };
  return {
    free,
    take: (lane) => {
      used[lane] += 1;
    },
    give: (lane) => {
      used[lane] -= 1;
      for (const resolve of waiting) {
        resolve();
      }
    },
    room: async (lane, signal) => {
      while (free()[lane] <= 0 && !signal.aborted) {
        await nextChange(signal);
      }
    },
  };
}
