import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { operatorOf } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { openCluster } from './support/cluster.ts';
import { addLeaver, announce, tellOf } from './support/leavers.ts';
import { openPlace, PATIENCE_MS } from './support/place.ts';
import { assertOutOnce } from './support/proof.ts';
import { waitingFor } from './support/standstill.ts';

test('kill -9 after the 2xx and before the first call loses nothing: whoever comes next takes the case up', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const { fastio, start } = await openPlace(t, { databaseUrl });
  // A process that only takes deliveries, so that nobody has begun when it dies.
  const { start: startIntake } = await openPlace(t, { databaseUrl, fastio, roles: ['api'] });
  const leaver = addLeaver(fastio);
  const intake = await startIntake();
  await announce(leaver, intake.url);
  await intake.end('SIGKILL');
  assert.equal(fastio.requests.length, 0);
  const service = await start();
  await operatorOf(service.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
});

test('kill -9 while a delivery is being committed keeps nothing of it, and the delivery that is sent again makes one case', async (t) => {
  const { fastio, databaseUrl, start } = await openPlace(t);
  const leaver = addLeaver(fastio);
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  undo(t, async () => await db.end());
  await db.query('begin');
  await db.query('lock table signal in exclusive mode');
  const service = await start();
  const first = tellOf(leaver, service.url);
  await eventually('the delivery waits to be stored', async () => (await waitingFor(db)).length > 0);
  await service.end('SIGKILL');
  assert.notEqual(await first, 204);
  for (const pid of await waitingFor(db)) {
    await db.query('select pg_terminate_backend($1, 5000)', [pid]);
  }
  await db.query('commit');
  const { rows } = await db.query('select from signal union all select from offboarding_case');
  assert.equal(rows.length, 0);

  const next = await start();
  await announce(leaver, next.url);
  const { signals } = await operatorOf(next.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assert.equal(signals.length, 1);
  assertOutOnce(fastio, leaver);
});

test('kill -9 after a delivery is committed and before the 2xx keeps it: the delivery that is sent again is a duplicate of the one case', async (t) => {
  const { url: databaseUrl } = await openCluster(t);
  const { fastio, start } = await openPlace(t, { databaseUrl });
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  undo(t, async () => await db.end());
  const leaver = addLeaver(fastio);
  const service = await start();
  // With a standby that never comes, a commit is on the disk and its answer waits.
  await configure(db, `set synchronous_standby_names = 'nobody'`);
  const first = tellOf(leaver, service.url);
  await eventually('the delivery is committed, without an answer', async () => {
    const { rows } = await db.query(
      `select from pg_stat_activity join pg_locks using (pid)
       where wait_event = 'SyncRep' and relation = 'signal'::regclass and mode = 'RowExclusiveLock'`,
    );
    return rows.length > 0;
  });
  await service.end('SIGKILL');
  assert.notEqual(await first, 204);
  await configure(db, 'reset synchronous_standby_names');

  const next = await start();
  await announce(leaver, next.url);
  await operatorOf(next.url).untilState(leaver.email, 'completed', PATIENCE_MS);
  assertOutOnce(fastio, leaver);
  const { rows } = await db.query('select disposition from signal order by received_at');
  const [kept, ...again] = rows.map(({ disposition }) => disposition);
  assert.equal(kept, 'accepted');
  assert.deepEqual(new Set(again), new Set(['duplicate']));
});

async function configure(db: pg.Client, setting: string): Promise<void> {
  await db.query(`alter system ${setting}`);
  await db.query('select pg_reload_conf()');
}
