import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction, type Tx } from '../../src/database/database.ts';
import type { Signal } from '../../src/intake/signal.ts';
import { openReception, type Reception, signalOf } from './support/reception.ts';

/** How many rows of tables the work reads; PostgreSQL counts them within a transaction. */
async function rowsReadBy(tx: Tx, work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => {
    const { rows } = await sql<{ count: number }>`
      select sum(seq_tup_read + idx_tup_fetch)::float8 as count from pg_stat_xact_user_tables`.execute(tx.sql);
    return rows[0]?.count ?? Number.NaN;
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

function aboutLeaver(number: number): Signal {
  const email = `leaver${number}@corp.example`;
  return signalOf('offboard', email, number, { subject: { id: email, email, name: null } });
}

/** What it costs to take in a signal about somebody known, and to look at a case. */
async function rowsRead({ stage: { db, engine }, intake }: Reception): Promise<{ signal: number; look: number }> {
  return await inTransaction(db, async (tx) => {
    const signal = await rowsReadBy(tx, async () => await intake.acceptIn(tx, [aboutLeaver(3)]));
    const { id } = await tx.sql.selectFrom('offboarding_case').select('id').limit(1).executeTakeFirstOrThrow();
    const look = await rowsReadBy(tx, async () => await engine.advanceIn(tx, id, { type: 'wake' }, null));
    return { signal, look };
  });
}

test('however many have left within a minute, a signal and a look at a case read as many rows as before', async (t) => {
  const reception = await openReception(t);
  const leave = async (from: number, to: number): Promise<void> => {
    await reception.intake.accept(Array.from({ length: to - from }, (_, index) => aboutLeaver(from + index)));
  };
  await leave(0, 10);
  const few = await rowsRead(reception);
  await leave(10, 400);
  assert.deepEqual(await rowsRead(reception), few);
});
