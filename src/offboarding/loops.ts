import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

/** Something that is done again and again. */
export interface Loop {
  /** What it is, for people. */
  readonly what: string;
  /** How long to wait after one turn before the next, in milliseconds. */
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  /** Whether a worker whose loop does not turn any more is no worker. */
  readonly isVital: boolean;
}

export interface Loops {
  /** Begins a loop, which ends when `signal` is aborted; a turn that fails is told, and the next one comes in its time. */
  keep(loop: Loop): void;
  /** Which vital loop has not turned for half a minute, as a sentence; null while all do. */
  stalled(): string | null;
  /** Resolves once all of them have ended. */
  ended(): Promise<void>;
}

/** Far longer than a turn takes: a probe of a target that is down, which is the longest, ends after ten seconds. */
const STALLED_MS = 30_000;

export function createLoops({ clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal }): Loops {
  const turns = new Map<string, number>();
  const running: Promise<void>[] = [];
  const turn = async ({ what, everyMs, work, isVital }: Loop): Promise<void> => {
    while (!signal.aborted) {
      if (isVital) turns.set(what, clock.monotonic());
      await work().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, `${what} failed; it is tried again`);
      });
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  };
  return {
    keep: (loop) => void running.push(turn(loop)),
    stalled: () => {
      const [found] = [...turns].filter(([, at]) => clock.monotonic() - at > STALLED_MS);
      return found ? `${found[0]} has not gone on for ${Math.round((clock.monotonic() - found[1]) / 1_000)} seconds` : null;
    },
    ended: async () => void (await Promise.all(running)),
  };
}
