import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { LeaverError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { gatheringSocket } from './gathering-socket.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/**
 * Each statement is planned once a connection, and looks rows up by an index. Otherwise the plan would be one for the tables as they were when they were
 * last analysed: a thousand people who leave within a minute would all be looked for by reading whole tables.
 */
const PLANNING = 'set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off';

export interface OpenDatabaseOptions {
  readonly url: string;
  readonly log: Log;
  readonly maxConnections?: number;
}

/**
 * Few connections, each of which knows every statement already, do more than many: PostgreSQL works on no more at once than it has cores, and a new
 * connection has all to learn in the very moment in which there is most to do.
 */
const MAX_CONNECTIONS = 5;

/** The first signal after a quiet time is not to wait for a connection that must be made anew. */
const IDLE_MS = 1_800_000;

/** Opens a pool; it connects when it is first used. A connection that breaks while idle is logged and replaced. */
export function openDatabase({ url, log, maxConnections = MAX_CONNECTIONS }: OpenDatabaseOptions): Database {
  const settings = {
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    // Before whatever is in between forgets a connection over which nothing goes.
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'leaver',
    pipeline: true,
    stream: gatheringSocket,
  };
  const pool = new pg.Pool(settings);
  // A connection that breaks in the middle of a query fails that query and says so here too; without a listener the process would end.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'a database connection broke'));
    client.query(PLANNING).catch((error: unknown) => log.debug({ err: error }, 'a new database connection broke at once'));
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke; the next query opens a new one'));
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const destroy = db.destroy.bind(db);
  db.destroy = async () => {
    await destroy();
    // Kysely leaves a pool alone over which it has asked nothing itself; a transaction of ours may have.
    if (!pool.ending) {
      await pool.end();
    }
  };
  pools.set(db, pool);
  return db;
}

const pools = new WeakMap<Database, pg.Pool>();

/** The connections below a database that `openDatabase` made. */
export function poolOf(db: Database): pg.Pool {
  const pool = pools.get(db);
  if (!pool) {
    throw new LeaverError('internal', 'A transaction was asked for within a transaction, or on a database that was not opened here.');
  }
  return pool;
}

/** Answers when a query gets through. */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db);
}
