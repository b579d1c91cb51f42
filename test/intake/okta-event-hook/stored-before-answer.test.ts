import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { send } from '../../http/support/send.ts';
import { freshDatabaseUrl } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { HOOK_SECRET, startService } from '../../support/service.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { countRows, rows, withConnection } from '../support/rows.ts';
import { envelope } from './fixtures.ts';

test('an answer of 204 means that all is stored', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const service = await startService(t, { databaseUrl: proxy.url });
  const deliver = async (body: string) => {
    const headers = [['authorization', HOOK_SECRET]] as const;
    return await send(`${service.url}/intake/okta/okta-main/events`, { method: 'POST', headers, body });
  };
  const deliveryOf = (name: string): string => {
    service.fastio.scenario.addUser({ email: `${name}@example.com` });
    return JSON.stringify(envelope([oktaEvent('user.lifecycle.deactivate', { id: `00u${name}`, login: `${name}@example.com` })]));
  };
  const stored = async () => await countRows(databaseUrl, 'signal', 'person', 'offboarding_case');
  const untilATransactionWaits = async (): Promise<number> => {
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%signal%'`;
    return await eventually('a transaction waits', async () => (await rows<{ pid: number }>(databaseUrl, waiting))[0]?.pid);
  };

  await t.test('the signal, its person, its case, its record and its wake-up', async () => {
    const paused = service.fastio.pause('resolve', 'before-effect');
    assert.equal((await deliver(deliveryOf('ada'))).status, 204);
    assert.deepEqual(await stored(), { signal: 1, person: 1, offboarding_case: 1 });
    const [found] = await rows<{ recorded: number; opened: number; jobs: number }>(
      databaseUrl,
      `select (select count(*)::int from ledger_entry where kind = 'signal.recorded' and case_id = signal.case_id) as recorded,
              (select count(*)::int from ledger_entry where kind = 'case.opened' and case_id = signal.case_id) as opened,
              (select count(*)::int from pgboss.job where data->>'caseId' = signal.case_id::text) as jobs
       from signal where disposition = 'accepted'`,
    );
    assert.deepEqual([found?.recorded, found?.opened], [1, 1]);
    assert.ok(found && found.jobs >= 1);
    paused.release();
  });

  await t.test('where the transaction breaks, nothing is stored and the answer is 503', async () => {
    await withConnection(databaseUrl, async (client) => {
      await client.query('begin; lock table signal in exclusive mode');
      const delivery = deliver(deliveryOf('bob'));
      await rows(databaseUrl, 'select pg_terminate_backend($1)', [await untilATransactionWaits()]);
      const { status, headers, text } = await delivery;
      assert.equal(status, 503, text);
      assert.ok(Number(headers['retry-after']) >= 1);
    });
    assert.deepEqual(await stored(), { signal: 1, person: 1, offboarding_case: 1 });
  });

  await t.test('no answer comes before the commit', async () => {
    await withConnection(databaseUrl, async (client) => {
      await client.query('begin; lock table signal in exclusive mode');
      let answered = false;
      const delivery = deliver(deliveryOf('carl')).finally(() => {
        answered = true;
      });
      await untilATransactionWaits();
      assert.equal(answered, false);
      await client.query('commit');
      assert.equal((await delivery).status, 204);
    });
    assert.deepEqual(await stored(), { signal: 2, person: 2, offboarding_case: 2 });
  });

  await t.test('without a database every delivery is 503 with Retry-After, and the same one is accepted when it is back', async () => {
    const delivery = deliveryOf('dora');
    await proxy.cut();
    for (const { status, headers, text } of await Promise.all([delivery, delivery, delivery].map(deliver))) {
      assert.equal(status, 503, text);
      assert.ok(Number(headers['retry-after']) >= 1);
      assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
      assert.match(text, /urn:leaver:problem:unavailable/);
    }
    assert.deepEqual(await stored(), { signal: 2, person: 2, offboarding_case: 2 });
    await proxy.mend();
    assert.equal((await deliver(delivery)).status, 204);
    assert.deepEqual(await stored(), { signal: 3, person: 3, offboarding_case: 3 });
    await service.untilState('dora@example.com', 'completed');
  });

  await t.test('where every try meets somebody who was faster, nothing is stored and the answer is 503; later it is taken', async () => {
    const before = await stored();
    const delivery = deliveryOf('eve');
    await withConnection(databaseUrl, async (client) => {
      await client.query(`
        create function always_later() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger always_later before insert on signal for each row execute function always_later()`);
      const { status, headers, text } = await deliver(delivery);
      assert.equal(status, 503, text);
      assert.ok(Number(headers['retry-after']) >= 1);
      assert.deepEqual(await stored(), before);
      await client.query('drop trigger always_later on signal; drop function always_later');
    });
    assert.equal((await deliver(delivery)).status, 204);
    assert.deepEqual(await stored(), {
      signal: before.signal + 1,
      person: before.person + 1,
      offboarding_case: before.offboarding_case + 1,
    });
  });

  await service.app.close();
});
