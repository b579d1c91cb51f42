import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface Repetition {
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** What is logged when the work throws; it is done again all the same. */
  readonly failed: string;
}

/** Does the work again and again, at once for the first time; the returned function stops it and waits for its end. */
export function repeatUntilStopped(
  { clock, log, everyMs, failed }: Repetition,
  work: (signal: AbortSignal) => Promise<void>,
): () => Promise<void> {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work(stopping.signal).catch((error: unknown) => log.warn({ err: error }, failed));
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
    }
  };
  const running = loop();
  return async () => {
    stopping.abort();
    await running;
  };
}
