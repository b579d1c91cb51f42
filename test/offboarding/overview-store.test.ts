import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { readOverview } from '../../src/offboarding/overview-store.ts';
import { openStage } from './support/stage.ts';

test('the overview counts open cases by state, wake-ups by lane, what is down, and who lives', async (t) => {
  const stage = await openStage(t);
  const { db } = stage;
  assert.deepEqual(await readOverview(db), {
    openCases: new Map([
      ['held', 0],
      ['running', 0],
      ['waiting', 0],
      ['attention', 0],
    ]),
    queue: [
      { lane: 'contain', due: 0, later: 0, oldestSeconds: 0 },
      { lane: 'bulk', due: 0, later: 0, oldestSeconds: 0 },
    ],
    targetsDown: new Set(),
    workers: 0,
  });

  const tomorrow = new Date(Date.now() + 86_400_000);
  await stage.open('anna@acme.example');
  await stage.open('ben@acme.example');
  await stage.open('cleo@acme.example', { contradiction: 'she is back' });
  const done = await stage.open('dora@acme.example', { startsAt: tomorrow });
  await db.updateTable('offboarding_case').set({ state: 'completed' }).where('id', '=', done).execute();
  await sql`update pgboss.job set start_after = now() - interval '90 seconds' where data->>'caseId' = (select id::text from offboarding_case where state = 'held')`.execute(
    db,
  );
  await sql`update pgboss.job set start_after = now() + interval '1 hour' where data->>'caseId' = ${done}`.execute(db);
  await sql`insert into target_outage (target, since, next_probe_at) values ('files', now(), now())`.execute(db);
  await sql`insert into worker (id, lock_key, process, heartbeat_at) values
    (gen_random_uuid(), 1, 'alive', now()), (gen_random_uuid(), 2, 'gone', now() - interval '1 minute')`.execute(db);

  const { openCases, queue, targetsDown, workers } = await readOverview(db);
  assert.deepEqual(Object.fromEntries(openCases), { held: 1, running: 2, waiting: 0, attention: 0 });
  const [contain, bulk] = queue;
  assert.deepEqual([contain?.due, contain?.later, bulk?.due, bulk?.later], [3, 1, 0, 0]);
  const oldest = contain?.oldestSeconds ?? 0;
  assert.ok(oldest >= 90 && oldest < 150, `${oldest}`);
  assert.deepEqual([...targetsDown, workers], ['files', 1]);
});
