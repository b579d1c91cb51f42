import type { Clock } from '../kernel/clock.ts';
import { growing } from '../outbound/outbound.ts';

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  readonly withinMs: number;
}

/** Looks a few times within seconds: what reads say may lag behind what was done. */
export function patiently<T>({ clock, context }: Waiting, look: () => Promise<T | undefined>): Promise<T | undefined> {
  return poll(look, { clock, signal: context.signal, firstPauseMs: 100, maxPauseMs: 1600, withinMs: 5000 });
}

interface Waiting {
  readonly clock: Clock;
  readonly context: { readonly signal: AbortSignal };
}

/**
 * Looks again and again, with pauses that double, until `look` finds something. Undefined when nothing was found within the time;
 * it looks at least once, and never begins a pause that would end too late.
 */
export async function poll<T>(look: () => Promise<T | undefined>, patience: Patience): Promise<T | undefined> {
  const { clock, signal, firstPauseMs, maxPauseMs, withinMs } = patience;
  const end = clock.monotonic() + withinMs;
  for (let n = 1; ; n += 1) {
    const found = await look();
    if (found !== undefined) return found;
    const pause = growing(n, firstPauseMs, maxPauseMs);
    if (clock.monotonic() + pause > end) return undefined;
    await clock.sleep(pause, signal);
  }
}
