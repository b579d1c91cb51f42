import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createFence, FENCE_TTL_MS } from '../../src/offboarding/fence.ts';
import { readNeglected } from '../../src/offboarding/store.ts';
import { openWorkerSession, type WorkerSession } from '../../src/offboarding/worker-session.ts';
import { eventually } from '../support/eventually.ts';
import { openStage, SILENT, type Stage } from './support/stage.ts';
import { HASTY } from './support/workshop.ts';

async function open(
  t: TestContext,
  { url, db }: Pick<Stage, 'url' | 'db'>,
): Promise<{ session: WorkerSession; lost: () => number; check: () => void }> {
  const fence = createFence(systemClock, FENCE_TTL_MS);
  let lost = 0;
  const onLost = (): void => {
    lost += 1;
  };
  const session = await openWorkerSession({ url, db, clock: HASTY, newId, log: SILENT, fence, onLost });
  t.after(async () => await session.close());
  return { session, lost: () => lost, check: () => fence.check() };
}

/** A case of which the worker has claimed the first step. */
async function claimedBy(stage: Stage, { workerId }: WorkerSession): Promise<string> {
  const caseId = await stage.open('anna@acme.example');
  await stage.engine.advance(caseId, { type: 'wake' }, { workerId, free: { contain: 1, bulk: 1 } });
  return caseId;
}

async function isAlive(stage: Stage, caseId: string): Promise<boolean> {
  return (await stage.step(caseId, 'files/resolve-account')).workerAlive;
}

async function endConnection(db: Database): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'leaver-worker:%'`.execute(db);
}

suite('the session of a worker', () => {
  test('shows that the worker lives, and its steps are left to it', async (t) => {
    const stage = await openStage(t);
    const { session, check } = await open(t, stage);
    const caseId = await claimedBy(stage, session);
    check();
    assert.equal(await isAlive(stage, caseId), true);
    assert.deepEqual(await readNeglected(stage.db), []);
  });

  test('that is closed leaves nothing behind, and its steps to others', async (t) => {
    const stage = await openStage(t);
    const { session, lost } = await open(t, stage);
    const caseId = await claimedBy(stage, session);
    await session.close();
    assert.equal(await isAlive(stage, caseId), false);
    assert.deepEqual(await readNeglected(stage.db), [{ id: caseId, contained: false }]);
    assert.deepEqual(await stage.db.selectFrom('worker').selectAll().execute(), []);
    assert.equal(lost(), 0);
  });

  test('whose connection breaks is lost at once: the fence shuts, and the steps go to others', async (t) => {
    const stage = await openStage(t);
    const { session, lost, check } = await open(t, stage);
    const caseId = await claimedBy(stage, session);
    await endConnection(stage.db);
    await eventually('the worker notices', () => lost() > 0);
    assert.equal(lost(), 1);
    assert.throws(check, { code: 'conflict' });
    assert.equal(await isAlive(stage, caseId), false);
  });

  test('whose heartbeat is too old counts as gone, though its connection stands', async (t) => {
    const stage = await openStage(t);
    const { session } = await open(t, stage);
    const caseId = await claimedBy(stage, session);
    await stage.db.transaction().execute(async (tx) => {
      await tx.updateTable('worker').set({ heartbeat_at: sql<Date>`clock_timestamp() - interval '16 seconds'` }).execute();
      const { rows } = await sql<{ heartbeat_at: Date }>`select heartbeat_at from worker`.execute(tx);
      assert.equal(rows.length, 1);
      assert.deepEqual(await readNeglected(tx as unknown as Database), [{ id: caseId, contained: false }]);
    });
    await eventually('the next heartbeat brings it back', async () => await isAlive(stage, caseId));
  });

  test('is no longer kept up by a worker that was away for too long', async (t) => {
    const stage = await openStage(t);
    const fence = createFence(systemClock, FENCE_TTL_MS);
    const lost = Promise.withResolvers<void>();
    const session = await openWorkerSession({ ...stage, clock: HASTY, newId, log: SILENT, fence, onLost: lost.resolve });
    t.after(async () => await session.close());
    fence.renew(systemClock.monotonic() - FENCE_TTL_MS - 1);
    await lost.promise;
    assert.throws(() => fence.check(), { code: 'conflict' });
  });

  test('that cannot be opened is an error and nothing else: nobody is told of a loss', async () => {
    let lost = 0;
    const url = 'postgres://nobody@127.0.0.1:9/nowhere';
    const fence = createFence(systemClock, FENCE_TTL_MS);
    const db = {} as Database;
    const onLost = (): void => {
      lost += 1;
    };
    await assert.rejects(openWorkerSession({ url, db, clock: HASTY, newId, log: SILENT, fence, onLost }), { code: 'ECONNREFUSED' });
    await turn();
    await turn();
    assert.equal(lost, 0);
    fence.check();
  });

  test('that could not be written down keeps no connection and no lock', async (t) => {
    const stage = await openStage(t);
    const fence = createFence(systemClock, FENCE_TTL_MS);
    const lost = (): never => assert.fail('nothing was there to be lost');
    const opening = openWorkerSession({ ...stage, clock: HASTY, newId: () => 'no id', log: SILENT, fence, onLost: lost });
    await assert.rejects(opening, /invalid input syntax for type uuid/);
    await eventually('the connection is closed', async () => {
      const { rows } = await sql`select from pg_stat_activity
        where datname = current_database() and application_name like 'leaver-worker:%'`.execute(stage.db);
      return rows.length === 0;
    });
  });
});
