import type { Lane } from './decide.ts';

/** Counts what runs in each lane, so that a worker never takes on more than it can carry. */
export interface Slots {
  free(): Record<Lane, number>;
  /** Takes an even part of what is free, for one of `sharers` who ask at once, and leaves something for the next one. Returned with `give`. */
  reserve(sharers: number): Record<Lane, number>;
  give(lane: Lane, count: number): void;
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
    const wake = (): void => resolve();
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
    waiting.delete(resolve);
  };
  const reserve: Slots['reserve'] = (sharers) => {
    const { contain, bulk } = free();
    const part = { contain: Math.ceil(contain / (sharers + 1)), bulk: Math.ceil(bulk / (sharers + 1)) };
    used.contain += part.contain;
    used.bulk += part.bulk;
    return part;
  };
  return {
    free,
    reserve,
    give: (lane, count) => {
      used[lane] -= count;
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
