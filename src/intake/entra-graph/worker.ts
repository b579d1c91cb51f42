import type { DirectoryReader } from '../../directory/reader.ts';
import { type ReadBackNeeds, readBackDue } from './read-back.ts';
import { keepSubscription, type WatchedConnection } from './subscriptions.ts';

/** The work that notifications of Microsoft Graph ask for: subscriptions are kept, and people are read back. */
export interface GraphWorker {
  start(): void;
  /** Resolves when nothing is under way any more; what was begun is done again by another worker, or later. */
  stop(): Promise<void>;
}

export interface GraphWorkerNeeds extends Omit<ReadBackNeeds, 'readers'> {
  readonly connections: readonly (WatchedConnection & { readonly reader: DirectoryReader })[];
}

const PAUSE_MS = 1_000;
const PAUSE_AFTER_FAULT_MS = 5_000;

/** Any number of workers may run, in any number of processes: what is due is done by one of them. */
export function createGraphWorker({ connections, ...needs }: GraphWorkerNeeds): GraphWorker {
  const { clock, log } = needs;
  const stopping = new AbortController();
  const { signal } = stopping;
  const readers = new Map(connections.map(({ connection, reader }) => [connection, reader]));

  /** Looks again at once while there was something to do, and then now and then. */
  const repeat = async (work: () => Promise<boolean>): Promise<void> => {
    while (!signal.aborted) {
      const pause = await work().then(
        (worked) => (worked ? 0 : PAUSE_MS),
        (error: unknown) => {
          if (!signal.aborted) log.warn({ err: error }, 'the work for notifications of Graph met a fault; it goes on by itself');
          return PAUSE_AFTER_FAULT_MS;
        },
      );
      if (pause > 0) await clock.sleep(pause, signal).catch(() => undefined);
    }
  };
  let running: readonly Promise<void>[] = [];
  return {
    start: () => {
      running = [
        repeat(async () => (await readBackDue({ ...needs, readers }, signal)) > 0),
        ...connections.map(async (watched) => await repeat(async () => await keepSubscription(needs, watched, signal))),
      ];
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
