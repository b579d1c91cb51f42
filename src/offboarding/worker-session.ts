import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Fence } from './fence.ts';
import { WORKER_LOCK_CLASS } from './step-store.ts';

const HEARTBEAT_MS = 2_000;

/**
 * The sign of life of one worker: a row with a heartbeat, and an advisory lock held by a connection of its own. A process that dies loses the lock at
 * once, one that is paused lets the heartbeat grow old; either way others take its steps over.
 */
export interface WorkerSession {
  readonly workerId: string;
  close(): Promise<void>;
}

export interface WorkerSessionNeeds {
  readonly url: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly fence: Fence;
  /** Called once when the session is lost: the lock's connection broke, or the heartbeat came too late. */
  readonly onLost: () => void;
}

export async function openWorkerSession(needs: WorkerSessionNeeds): Promise<WorkerSession> {
  const { db, fence, log } = needs;
  const workerId = needs.newId();
  const lockKey = randomInt(2 ** 31 - 1);
  const closing = new AbortController();
  const client = new pg.Client({
    connectionString: needs.url,
    application_name: `leaver-worker:${process.pid}`,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  let isOpen = false;
  const lose = (reason: string): void => {
    if (!closing.signal.aborted) {
      closing.abort();
      if (!isOpen) {
        return;
      }
      fence.cut();
      log.warn({ workerId, reason }, 'this worker lost its claims; its steps are taken over and it begins anew');
      needs.onLost();
    }
  };
  client.on('error', (error) => lose(error.message));
  client.on('end', () => lose('the database ended the session'));
  const startedAt = needs.clock.monotonic();
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1::int, $2::int)', [WORKER_LOCK_CLASS, lockKey]);
    await db
      .insertInto('worker')
      .values({ id: workerId, lock_key: lockKey, process: String(process.pid), heartbeat_at: sql<Date>`clock_timestamp()` })
      .execute();
    closing.signal.throwIfAborted();
  } catch (error) {
    closing.abort();
    await client.end().catch(() => undefined);
    throw error;
  }
  isOpen = true;
  fence.renew(startedAt);
  const beating = beat(needs, client, workerId, closing.signal, lose);
  return {
    workerId,
    close: async () => {
      closing.abort();
      await beating;
      await db
        .deleteFrom('worker')
        .where('id', '=', workerId)
        .execute()
        .catch(() => undefined);
      await client.end().catch(() => undefined);
    },
  };
}

/** Renews the heartbeat over the very connection that holds the lock, so that one never outlives the other. */
async function beat(
  { clock, fence }: WorkerSessionNeeds,
  client: pg.Client,
  workerId: string,
  signal: AbortSignal,
  lose: (reason: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
    try {
      // Somebody who came back after a pause must not look alive again: its steps may be with others already.
      fence.check();
      if (!signal.aborted) {
        const askedAt = clock.monotonic();
        await client.query('update worker set heartbeat_at = clock_timestamp() where id = $1', [workerId]);
        fence.renew(askedAt);
      }
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error));
      await client.end().catch(() => undefined);
    }
  }
}
