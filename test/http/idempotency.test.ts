import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/database/database.ts';
import type { Problem } from '../../src/http/problem.ts';
import { createLog } from '../../src/kernel/log.ts';
import { dropExpiredAnswers } from '../../src/offboarding/once-store.ts';
import type { CaseView } from '../../src/offboarding/views.ts';
import { countRows, rows } from '../intake/support/rows.ts';
import { OPERATOR_TOKEN, sha256, startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const OTHER_TOKEN = 'token-of-another-operator';
const GOOD = { email: 'ada@held.example.com', playbook: 'offboard', reason: 'a test' };

interface Reply {
  readonly status: number;
  readonly replayed: string | null;
  readonly location: string | null;
  readonly body: { readonly case: CaseView } & Problem;
}

test('a request for a case with an Idempotency-Key', async (t) => {
  const tokens = [
    { name: 'it-desk', role: 'operator', sha256: sha256(OPERATOR_TOKEN) },
    { name: 'night-desk', role: 'operator', sha256: sha256(OTHER_TOKEN) },
  ];
  const service = await startService(t, { config: { operators: { tokens }, policy: { protected: ['*@held.example.com'] } } });
  const db = openDatabase({ url: service.databaseUrl, log: createLog({ level: 'silent' }), maxConnections: 1 });
  undo(t, async () => await db.destroy());
  const ask = async (key: string | null, body: object = GOOD, token = OPERATOR_TOKEN): Promise<Reply> => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(key !== null && { 'idempotency-key': key }),
    };
    const answer = await fetch(`${service.url}/v1/cases`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { status, headers: sent } = answer;
    return {
      status,
      replayed: sent.get('idempotent-replayed'),
      location: sent.get('location'),
      body: (await answer.json()) as Reply['body'],
    };
  };
  const casesOf = async (email: string): Promise<number> => {
    const { body } = await service.call('GET', `/v1/cases?email=${encodeURIComponent(email)}`);
    return (body as { items: unknown[] }).items.length;
  };
  const cancel = async (id: string) => await service.call('POST', `/v1/cases/${id}/cancel`, { reason: 'a test' });

  await t.test('sent again is answered as the first time, also when the case has gone on since, and opens nothing', async () => {
    const first = await ask('key-1');
    assert.deepEqual([first.status, first.replayed, first.location], [202, null, `/v1/cases/${first.body.case.id}`]);
    await cancel(first.body.case.id);
    const again = await ask('key-1');
    assert.deepEqual([again.status, again.replayed, again.location], [202, 'true', first.location]);
    assert.deepEqual(again.body, first.body);
    assert.equal(await casesOf(GOOD.email), 1);
  });

  await t.test('white space and the order of members do not make it another request', async () => {
    const { email, playbook, reason } = GOOD;
    assert.equal((await ask('key-1', { reason: ` ${reason} `, dryRun: false, playbook, email })).replayed, 'true');
  });

  await t.test('with the key of another request is refused, says so, and does nothing', async () => {
    for (const change of [{ email: 'bob@held.example.com' }, { playbook: 'contain' }, { reason: 'another' }]) {
      const { status, body } = await ask('key-1', { ...GOOD, ...change });
      assert.deepEqual([status, body.type], [422, 'urn:leaver:problem:idempotency-key-reused']);
      assert.match(body.detail, /Nothing was done.*Idempotency-Key/);
    }
    assert.equal(await casesOf('bob@held.example.com'), 0);
  });

  await t.test('with a new key, or none, is a new request', async () => {
    const { body } = await ask('key-2');
    assert.equal(await casesOf(GOOD.email), 2);
    await cancel(body.case.id);
    assert.deepEqual([(await ask(null)).replayed, await casesOf(GOOD.email)], [null, 3]);
  });

  await t.test('with the key of another operator is a request of their own', async () => {
    const carl = { ...GOOD, email: 'carl@held.example.com' };
    assert.equal((await ask('key-1', carl, OTHER_TOKEN)).status, 202);
  });

  await t.test('sent many times at once opens one case, and each is told the same', async () => {
    const dora = { ...GOOD, email: 'dora@held.example.com' };
    const replies = await Promise.all(Array.from({ length: 8 }, async () => await ask('key-at-once', dora)));
    const [first] = replies;
    assert.ok(replies.every(({ status, body }) => status === 202 && JSON.stringify(body) === JSON.stringify(first?.body)));
    assert.deepEqual([replies.filter(({ replayed }) => replayed === 'true').length, await casesOf(dora.email)], [7, 1]);
  });

  await t.test('that only previews keeps nothing, so the key is free for what follows', async () => {
    const eve = { ...GOOD, email: 'eve@held.example.com' };
    const kept = await countRows(service.databaseUrl, 'idempotency_key');
    assert.equal((await ask('key-eve', { ...eve, dryRun: true })).status, 200);
    assert.deepEqual(await countRows(service.databaseUrl, 'idempotency_key'), kept);
    assert.deepEqual([(await ask('key-eve', eve)).status, await casesOf(eve.email)], [202, 1]);
  });

  await t.test('that failed keeps nothing, so it may be sent again', async () => {
    await rows(service.databaseUrl, 'alter table offboarding_case rename to hidden_away');
    const frank = { ...GOOD, email: 'frank@held.example.com' };
    assert.equal((await ask('key-frank', frank)).status, 500);
    await rows(service.databaseUrl, 'alter table hidden_away rename to offboarding_case');
    const { status, replayed } = await ask('key-frank', frank);
    assert.deepEqual([status, replayed], [202, null]);
  });

  await t.test('is forgotten together with the person, when the address is taken out of their case', async () => {
    const hugo = { ...GOOD, email: 'hugo@held.example.com' };
    const { body } = await ask('key-hugo', hugo);
    const kept = async () => await rows(service.databaseUrl, 'select 1 from idempotency_key where case_id = $1', [body.case.id]);
    assert.equal((await kept()).length, 1);
    await rows(service.databaseUrl, 'update offboarding_case set state = state where id = $1', [body.case.id]);
    assert.equal((await kept()).length, 1);
    await rows(service.databaseUrl, 'update offboarding_case set opened_email = null where id = $1', [body.case.id]);
    assert.equal((await kept()).length, 0);
  });

  await t.test('is remembered for a day: then the key is free, and what was kept goes', async () => {
    const [row] = await rows<{ hours: number }>(
      service.databaseUrl,
      `select round(extract(epoch from expires_at - now()) / 3600)::int as hours from idempotency_key where key = 'key-2'`,
    );
    assert.equal(row?.hours, 24);
    await rows(service.databaseUrl, `update idempotency_key set expires_at = now() - interval '1 second'`);
    const gert = { ...GOOD, email: 'gert@held.example.com' };
    assert.deepEqual([(await ask('key-1', gert)).replayed, await casesOf(gert.email)], [null, 1]);
    await dropExpiredAnswers(db);
    assert.deepEqual(await countRows(service.databaseUrl, 'idempotency_key'), { idempotency_key: 1 });
  });

  for (const [what, key] of [
    ['nothing in it', ''],
    ['a space in it', 'two words'],
    ['more than 255 characters', 'x'.repeat(256)],
  ] as const) {
    await t.test(`is refused for a key with ${what}`, async () => {
      const { status, body } = await ask(key);
      assert.equal(status, 400);
      assert.deepEqual(
        body.errors?.map(({ path }) => path),
        ['/idempotency-key'],
      );
    });
  }
});
