import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/**
 * A transaction together with its own time.
 *
 * `now` is the database's clock at the start of the transaction (UTC), so that machines whose clocks differ agree on order and due dates.
 */
export interface Tx {
  readonly sql: Database;
  readonly now: Date;
}

export interface OpenDatabaseOptions {
  readonly url: string;
  readonly log: Log;
  readonly maxConnections?: number;
}

/** Opens a pool; it connects when it is first used. A connection that breaks while idle is logged and replaced. */
export function openDatabase({ url, log, maxConnections = 12 }: OpenDatabaseOptions): Database {
  const settings = {
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    application_name: 'leaver',
  };
  const pool = new pg.Pool(settings);
  // A connection that breaks in the middle of a query fails that query and says so here too; without a listener the process would end.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ err: error }, 'a database connection broke')));
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke; the next query opens a new one'));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

const CONFLICT_TRIES = 3;

/**
 * Runs `work` in one transaction; everything it wrote is there afterwards, or nothing is. One that PostgreSQL gives up for another (a deadlock)
 * is run again, so `work` must have no effect outside it.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transact(db, sql`begin`, work);
    } catch (error) {
      if (!isTransactionConflict(error) || tries === CONFLICT_TRIES) {
        throw error;
      }
    }
  }
}

/** Runs reads that all see the database as it was at one moment. */
export async function inSnapshot<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await transact(db, sql`begin isolation level repeatable read, read only`, work);
}

async function transact<T>(db: Database, begin: RawBuilder<unknown>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await db.connection().execute(async (connection) => {
    try {
      await begin.execute(connection);
      const result = await work({ sql: connection, now: await readClock(connection) });
      await sql`commit`.execute(connection);
      return result;
    } catch (error) {
      // A connection that cannot even roll back is broken; the pool throws it away, and PostgreSQL rolls back when it ends.
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}

async function readClock(connection: Database): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(connection);
  const [row] = rows;
  if (!row) {
    throw new LeaverError('internal', 'PostgreSQL did not say what time it is');
  }
  return row.now;
}

const CONNECTION_CLASSES = new Set(['08', '53', '57']);
const CONNECTION_ERRNO = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether the database could not be reached or went away, as opposed to having refused a statement (SQLSTATE classes 08, 53, 57). */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    CONNECTION_ERRNO.has(code) ||
    CONNECTION_CLASSES.has(code.slice(0, 2)) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(messageOf(error))
  );
}

/** Whether a transaction was given up for another one (SQLSTATE class 40: deadlock, serialization) and may be tried again as it is. */
export function isTransactionConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('40');
}

/** Answers when a query gets through. */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db);
}
