import pg from 'pg';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

/**
 * Runs `work` in no more than one of all processes on this database at a time, and in another one when that process stops or dies: each holds an
 * advisory lock by a connection of its own. The signal is aborted when the lock is lost or the caller stops; while a lost connection has not yet come to
 * light, two may work side by side for a moment, which `work` must be able to bear. Resolves when `stopping` is aborted and `work` has ended.
 */
export type Exclusively = (name: string, work: (signal: AbortSignal) => Promise<void>, stopping: AbortSignal) => Promise<void>;

export interface ExclusiveNeeds {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LOCK_CLASS = 7_305_263;
const TRY_AGAIN_MS = 5_000;

export function createExclusive(needs: ExclusiveNeeds): Exclusively {
  const { clock, log } = needs;
  return async (name, work, stopping) => {
    while (!stopping.aborted) {
      try {
        await holdAndWork(needs, name, work, stopping);
      } catch (error) {
        if (!stopping.aborted) {
          log.warn({ err: error, name }, 'the lock for this work cannot be held now; it is tried again');
        }
      }
      await clock.sleep(TRY_AGAIN_MS, stopping).catch(() => undefined);
    }
  };
}

async function holdAndWork(
  { url, clock }: ExclusiveNeeds,
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  stopping: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  const client = new pg.Client({
    connectionString: url,
    application_name: 'leaver-exclusive',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('the database ended the connection that holds the lock')));
  try {
    await client.connect();
    // Asked again and again: to wait within the database would keep a transaction open.
    while (!(await tryLock(client, name))) {
      await clock.sleep(TRY_AGAIN_MS, signal);
    }
    await work(signal);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1::int, hashtext($2)) as got', [LOCK_CLASS, name]);
  return rows[0]?.got ?? false;
}
