import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

/** Tells that a case has new entries in the ledger. Missing one is possible (a broken connection): listeners look by themselves now and then. */
export interface Notifications {
  /** Resolves when the case was announced, after `ms`, or when `signal` is aborted. */
  next(caseId: string, ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Listens on one connection of its own, opened when somebody first asks. */
export function createNotifications({
  url,
  log,
  clock,
}: {
  readonly url: string;
  readonly log: Log;
  readonly clock: Clock;
}): Notifications {
  const events = new EventEmitter().setMaxListeners(0);
  let connecting: Promise<pg.Client | null> | null = null;

  const connect = async (): Promise<pg.Client | null> => {
    const client = new pg.Client({ connectionString: url, application_name: 'leaver-notifications', keepAlive: true });
    const drop = (): void => {
      connecting = null;
    };
    client.on('error', drop);
    client.on('end', drop);
    client.on('notification', ({ payload }) => events.emit(payload ?? ''));
    try {
      await client.connect();
      await client.query('listen leaver_case');
      return client;
    } catch (error) {
      log.warn({ err: error }, 'changes of cases are not announced for now; streams look for them by themselves');
      drop();
      return null;
    }
  };

  return {
    next: async (caseId, ms, signal) => {
      const over = new AbortController();
      const announced = once(events, caseId, { signal: over.signal }).catch(() => undefined);
      connecting ??= connect();
      await Promise.race([announced, clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)]);
      over.abort();
    },
    close: async () => {
      await (await connecting)?.end();
    },
  };
}
