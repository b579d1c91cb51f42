import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { LeaverError } from '../kernel/errors.ts';
import { isStalePlan, isTransactionConflict } from './faults.ts';
import { type Database, poolOf } from './pool.ts';
import type { Schema } from './schema.ts';

/**
 * A transaction together with its own time.
 *
 * Queries are sent the moment they are made, without waiting for the answers of earlier ones: those that need no answer of each other may be made
 * side by side with `Promise.all`. Once the transaction is over, a query of it is refused, so that nothing it began can outlive it.
 */
export interface Tx {
  readonly sql: Database;
  /** The database's clock at the start of the transaction (UTC), so that machines whose clocks differ agree on order and due dates. */
  readonly now: Date;
  /**
   * Sends a query before it returns. PostgreSQL carries out queries in the order in which they are sent, each with what is committed by then: one that is
   * sent behind a lock sees what the transactions did that held it.
   */
  ask<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]>;
  /** Sends a write whose answer nobody needs. When PostgreSQL refuses it, the transaction fails at its end at the latest; after that it throws. */
  post(query: CompiledQuery<unknown>): void;
  /** Calls back once all is committed, and not when it is rolled back. What a process that ends right then would miss must not depend on it. */
  afterCommit(callback: () => void): void;
}

/** Two reads with which a transaction begins, for instance of what it is about to change. The second sees what was committed before the first ended. */
export type Opening<A, B> = readonly [CompiledQuery<A>, CompiledQuery<B>];

const CONFLICT_TRIES = 5;

/**
 * Runs `work` in one transaction; everything it wrote is there afterwards, or nothing is. One that PostgreSQL gives up for another (a deadlock)
 * is run again, and so is one that another was faster than, so `work` must have no effect outside it.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await tryAgain(async () => await transact(poolOf(db), 'begin', [], work));
}

/** The same, with reads that are sent together with its beginning. */
export async function inTransactionWith<A, B, T>(
  db: Database,
  opening: Opening<A, B>,
  work: (tx: Tx, first: readonly A[], second: readonly B[]) => Promise<T>,
): Promise<T> {
  const withRows = async (tx: Tx, [first, second]: readonly (readonly unknown[])[]): Promise<T> =>
    await work(tx, (first ?? []) as A[], (second ?? []) as B[]);
  return await tryAgain(async () => await transact(poolOf(db), 'begin', opening, withRows));
}

/** Posts a statement that somebody else has written, with `$1` and so on for its values. */
export function postText(tx: Tx, text: string, values: readonly unknown[]): void {
  tx.post(CompiledQuery.raw(text, [...values]));
}

/** Runs reads that all see the database as it was at one moment. */
export async function inSnapshot<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await transact(poolOf(db), 'begin isolation level repeatable read, read only', [], work);
}

async function tryAgain<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!(isTransactionConflict(error) || isStalePlan(error)) || tries === CONFLICT_TRIES) {
        throw error;
      }
    }
  }
}

type Work<T> = (tx: Tx, opening: readonly (readonly unknown[])[]) => Promise<T>;

async function transact<T>(pool: Pool, begin: string, opening: readonly CompiledQuery<unknown>[], work: Work<T>): Promise<T> {
  const client = await pool.connect();
  const wire = wireTo(client);
  const posted: Promise<unknown>[] = [];
  const callbacks: (() => void)[] = [];
  let unusable = false;
  try {
    const [now, ...read] = await Promise.all([start(client, begin), ...opening.map(wire.send)]);
    const tx: Tx = {
      sql: databaseOn(wire),
      now,
      ask: async (query) => (await wire.send(query)).rows,
      post: (query) => {
        wire.assertOpen();
        const answer = wire.send(query);
        answer.catch(() => undefined);
        posted.push(answer);
      },
      afterCommit: (callback) => callbacks.push(callback),
    };
    const result = await work(
      tx,
      read.map(({ rows }) => rows),
    );
    wire.close();
    await Promise.all([...posted, commit(client)]);
    for (const callback of callbacks) {
      queueMicrotask(callback);
    }
    return result;
  } catch (error) {
    wire.close();
    unusable = isStalePlan(error) || !(await rolledBack(client));
    throw await firstFault(posted, error);
  } finally {
    client.release(unusable);
  }
}

/** PostgreSQL answers the commit of a failed transaction with a rollback, and calls that a success. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') {
    throw new LeaverError('internal', `The transaction was given up, not committed (${command}); nothing of it was kept.`);
  }
}

/** After a write was refused, every later query fails for that reason: the refusal is what a reader wants to know. */
async function firstFault(posted: readonly Promise<unknown>[], error: unknown): Promise<unknown> {
  const settled = await Promise.allSettled(posted);
  return settled.find((one) => one.status === 'rejected')?.reason ?? error;
}

/** Whatever was sent before is over when this answers. On a connection that cannot even roll back, PostgreSQL does it when the connection ends. */
async function rolledBack(client: PoolClient): Promise<boolean> {
  return await client.query('rollback').then(
    () => true,
    () => false,
  );
}

async function start(client: PoolClient, begin: string): Promise<Date> {
  const results = (await client.query<{ now: Date }>(`${begin}; select now()`)) as unknown as { rows: { now: Date }[] }[];
  const now = results[1]?.rows[0]?.now;
  if (!now) {
    throw new LeaverError('internal', 'PostgreSQL did not say what time it is');
  }
  return now;
}

/** The connection of a transaction, until that is over. */
interface Wire {
  /** Sends before it returns; so queries reach PostgreSQL in the order of the calls. */
  send<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
  assertOpen(): void;
  close(): void;
}

function wireTo(client: PoolClient): Wire {
  let open = true;
  const assertOpen = (): void => {
    if (!open) {
      throw new LeaverError('internal', 'The transaction is over; this query came too late and was not sent.');
    }
  };
  return {
    assertOpen,
    send: async <Row>({ sql, parameters }: CompiledQuery<Row>): Promise<QueryResult<Row>> => {
      assertOpen();
      const { rows, rowCount } = await client.query({ text: sql, values: [...parameters], ...nameOf(sql) });
      return { rows: rows as Row[], ...(rowCount !== null && { numAffectedRows: BigInt(rowCount) }) };
    },
    close: () => {
      open = false;
    },
  };
}

/** A name makes PostgreSQL keep the parsed statement on the connection. */
const names = new Map<string, string>();
const MAX_NAMES = 200;

function nameOf(sql: string): { readonly name?: string } {
  const known = names.get(sql);
  if (known !== undefined) {
    return { name: known };
  }
  if (names.size === MAX_NAMES) {
    return {};
  }
  const name = `leaver_${names.size}`;
  names.set(sql, name);
  return { name };
}

/** Kysely on one connection. Its own way to get there lets one query wait for the other. */
function databaseOn(wire: Wire): Database {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => await wire.send(query as CompiledQuery<Row>),
    streamQuery: () => {
      throw new LeaverError('internal', 'A transaction does not stream.');
    },
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: refuseNested,
    commitTransaction: refuseNested,
    rollbackTransaction: refuseNested,
    destroy: async () => {},
  };
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

async function refuseNested(): Promise<void> {
  throw new LeaverError('internal', 'A transaction begins and ends once, in inTransaction.');
}
