import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { send } from '../../http/support/send.ts';
import { freshDatabaseUrl } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { HOOK_SECRET, startService, type TestService } from '../../support/service.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { countRows, rows, withConnection } from '../support/rows.ts';
import { envelope } from './fixtures.ts';

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };
const DELIVERY = JSON.stringify(envelope([oktaEvent('user.lifecycle.deactivate', ADA)]));

async function deliver(service: TestService, body = DELIVERY) {
  const headers = [['authorization', HOOK_SECRET]] as const;
  return await send(`${service.url}/intake/okta/okta-main/events`, { method: 'POST', headers, body });
}

async function stored(databaseUrl: string): Promise<Record<string, number>> {
  return await countRows(databaseUrl, 'signal', 'person', 'offboarding_case');
}

async function untilSomebodyWaitsForALock(databaseUrl: string): Promise<number> {
  const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%signal%'`;
  return await eventually('a transaction waits', async () => (await rows<{ pid: number }>(databaseUrl, waiting))[0]?.pid);
}

test('when the answer comes, the signal, its person, its case, its record and its wake-up are committed', async (t) => {
  const service = await startService(t);
  service.fastio.pause('resolve', 'before-effect');
  assert.equal((await deliver(service)).status, 204);
  assert.deepEqual(await stored(service.databaseUrl), { signal: 1, person: 1, offboarding_case: 1 });
  const [found] = await rows<{ recorded: number; opened: number; jobs: number }>(
    service.databaseUrl,
    `select (select count(*)::int from ledger_entry where kind = 'signal.recorded' and case_id = signal.case_id) as recorded,
            (select count(*)::int from ledger_entry where kind = 'case.opened' and case_id = signal.case_id) as opened,
            (select count(*)::int from pgboss.job where data->>'caseId' = signal.case_id::text) as jobs
     from signal where disposition = 'accepted'`,
  );
  assert.deepEqual([found?.recorded, found?.opened], [1, 1]);
  assert.ok(found && found.jobs >= 1);
});

test('the answer waits for the commit, and a commit that fails is 503 and leaves nothing', async (t) => {
  const service = await startService(t);
  await withConnection(service.databaseUrl, async (client) => {
    await client.query('begin; lock table signal in exclusive mode');
    const delivery = deliver(service);
    const pid = await untilSomebodyWaitsForALock(service.databaseUrl);
    await rows(service.databaseUrl, 'select pg_terminate_backend($1)', [pid]);
    const { status, headers, text } = await delivery;
    assert.equal(status, 503, text);
    assert.ok(Number(headers['retry-after']) >= 1);
    await client.query('rollback');
    assert.deepEqual(await stored(service.databaseUrl), { signal: 0, person: 0, offboarding_case: 0 });

    await client.query('begin; lock table signal in exclusive mode');
    let answered = false;
    const again = deliver(service).finally(() => {
      answered = true;
    });
    await untilSomebodyWaitsForALock(service.databaseUrl);
    assert.equal(answered, false);
    await client.query('commit');
    assert.equal((await again).status, 204);
  });
  assert.deepEqual(await stored(service.databaseUrl), { signal: 1, person: 1, offboarding_case: 1 });
});

test('without a database a delivery is 503 with Retry-After, and the same delivery is accepted when it is back', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const service = await startService(t, { databaseUrl: proxy.url });
  service.fastio.scenario.addUser({ email: ADA.login });
  await proxy.cut();
  const refused = await Promise.all([deliver(service), deliver(service), deliver(service)]);
  for (const { status, headers, text } of refused) {
    assert.equal(status, 503, text);
    assert.ok(Number(headers['retry-after']) >= 1);
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.match(text, /urn:leaver:problem:unavailable/);
  }
  assert.deepEqual(await stored(databaseUrl), { signal: 0, person: 0, offboarding_case: 0 });

  await proxy.mend();
  assert.equal((await deliver(service)).status, 204);
  assert.deepEqual(await stored(databaseUrl), { signal: 1, person: 1, offboarding_case: 1 });
  await service.untilState(ADA.login, 'completed');
  await service.app.close();
});
