import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabaseUrl } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { casesOf, recordedSignals } from '../support/recorded.ts';
import { countRows, rows, withConnection } from '../support/rows.ts';
import { makeUser, startScim } from './support/directory.ts';

const DISABLE = { Operations: [{ op: 'replace', value: { active: false } }] };
const ENABLE = { Operations: [{ op: 'replace', value: { active: true } }] };
const OKTA_ID = '00ujl29u0le5T6Aj10h7';

test('what becomes of a write', async (t) => {
  const service = await startScim(t);
  const { scim } = service;
  const signalsOf = async (id: string) => (await recordedSignals(service)).filter(({ eventId }) => eventId.startsWith(id)).reverse();
  const addUser = (email: string) => service.fastio.scenario.addUser({ email });

  await t.test('a deactivation that is sent again, after its answer was lost, is one signal', async () => {
    addUser('lost@example.com');
    const id = await makeUser(service, 'lost@example.com');
    await Promise.all([1, 2, 3].map(async () => await scim('PATCH', `/Users/${id}`, { body: DISABLE })));
    assert.equal((await scim('PATCH', `/Users/${id}`, { body: DISABLE })).status, 200);
    assert.deepEqual(
      (await signalsOf(id)).map(({ kind, disposition }) => [kind, disposition]),
      [['scim.user.deactivated', 'accepted']],
    );
    await service.untilState('lost@example.com', 'completed');
  });

  await t.test('who is made inactive, or told inactive once more, has not left', async () => {
    const made = await scim('POST', '/Users', { body: { userName: 'never@example.com', active: 'False' } });
    assert.deepEqual([made.status, made.body['active']], [201, false]);
    const id = String(made.body['id']);
    await scim('PATCH', `/Users/${id}`, { body: DISABLE });
    await scim('PUT', `/Users/${id}`, { body: { userName: 'never@example.com', active: false, title: 'x' } });
    assert.deepEqual(await signalsOf(id), []);
    assert.deepEqual(await casesOf(service, 'never@example.com'), []);
  });

  await t.test('a PUT without active changes nothing about it', async () => {
    const id = await makeUser(service, 'silent@example.com', { active: false });
    assert.equal((await scim('PUT', `/Users/${id}`, { body: { userName: 'silent@example.com' } })).body['active'], false);
    assert.deepEqual(await signalsOf(id), []);
  });

  await t.test('every change is an event of its own: gone, back, gone', async () => {
    addUser('twice@example.com');
    const id = await makeUser(service, 'twice@example.com');
    for (const body of [DISABLE, ENABLE, DISABLE]) {
      await scim('PATCH', `/Users/${id}`, { body });
    }
    const signals = await signalsOf(id);
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      ['scim.user.deactivated', 'scim.user.activated', 'scim.user.deactivated'],
    );
    assert.equal(new Set(signals.map(({ eventId }) => eventId)).size, 3);
  });

  await t.test('a deletion is a departure, and takes the user out of every group', async () => {
    addUser('deleted@example.com');
    const id = await makeUser(service, 'deleted@example.com');
    const group = await scim('POST', '/Groups', { body: { displayName: 'G', members: [{ value: id }] } });
    assert.equal((await scim('DELETE', `/Users/${id}`)).status, 204);
    assert.equal((await scim('DELETE', `/Users/${id}`)).status, 404);
    assert.deepEqual((await scim('GET', `/Groups/${String(group.body['id'])}`)).body['members'], []);
    assert.deepEqual(
      (await signalsOf(id)).map(({ kind }) => kind),
      ['scim.user.deleted'],
    );
    await service.untilState('deleted@example.com', 'completed');
  });

  await t.test('the same person over SCIM and over an event hook is one case with both signals', async () => {
    for (const first of ['scim', 'hook'] as const) {
      const [email, oktaId] = [`${first}-first@example.com`, `00u${first}FirstxxxxxxxxX`.slice(0, 20)];
      addUser(email);
      const hold = service.fastio.pause({ call: 'resolve', subject: email }, 'before-effect');
      const id = await makeUser(service, email, { externalId: oktaId });
      const byScim = async () => await scim('PATCH', `/Users/${id}`, { body: DISABLE });
      const byHook = async () => await service.okta.deactivate({ id: oktaId, login: email });
      await (first === 'scim' ? byScim() : byHook());
      await hold.arrived;
      await (first === 'scim' ? byHook() : byScim());
      hold.release();
      const { signals } = await service.untilState(email, 'completed');
      assert.deepEqual(signals.map(({ channel }) => channel).sort(), ['okta-event-hook', 'scim']);
      assert.equal((await casesOf(service, email)).length, 1);
    }
  });

  await t.test("a user with neither e-mail nor Okta's id is recorded and opens no case", async () => {
    const id = await makeUser(service, 'nameless');
    await scim('PATCH', `/Users/${id}`, { body: DISABLE });
    const [signal] = await signalsOf(id);
    assert.deepEqual([signal?.disposition, signal?.caseId], ['unresolved', null]);
  });

  await t.test('a group that goes is nobody who leaves', async () => {
    const before = (await recordedSignals(service)).length;
    const group = await scim('POST', '/Groups', { body: { displayName: 'Short-lived', active: true } });
    await scim('PATCH', `/Groups/${String(group.body['id'])}`, { body: DISABLE });
    assert.equal((await scim('DELETE', `/Groups/${String(group.body['id'])}`)).status, 204);
    assert.equal((await recordedSignals(service)).length, before);
  });

  await t.test('a refused PATCH tells of nobody, however far it had come', async () => {
    const id = await makeUser(service, 'refused@example.com');
    const Operations = [...DISABLE.Operations, { op: 'replace', path: 'emails[', value: 'x' }];
    assert.equal((await scim('PATCH', `/Users/${id}`, { body: { Operations } })).status, 400);
    assert.equal((await scim('GET', `/Users/${id}`)).body['active'], true);
    assert.deepEqual(await signalsOf(id), []);
  });
});

test('an answer means that all is stored, and no answer that nothing is', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const proxy = await startDatabaseProxy(t, databaseUrl);
  const service = await startScim(t, { databaseUrl: proxy.url });
  const stored = async () => await countRows(databaseUrl, 'signal', 'offboarding_case');
  service.fastio.scenario.addUser({ email: 'ada@example.com' });
  const id = await makeUser(service, 'ada@example.com', { externalId: OKTA_ID });

  await t.test('the user and the case are committed together or not at all', async () => {
    await withConnection(databaseUrl, async (client) => {
      await client.query('begin; lock table signal in exclusive mode');
      const write = service.scim('PATCH', `/Users/${id}`, { body: DISABLE });
      const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%signal%'`;
      const pid = await eventually('the write waits', async () => (await rows<{ pid: number }>(databaseUrl, waiting))[0]?.pid);
      await rows(databaseUrl, 'select pg_terminate_backend($1)', [pid]);
      const { status, headers, body } = await write;
      assert.deepEqual([status, body['status']], [503, '503']);
      assert.ok(Number(headers['retry-after']) >= 1);
    });
    assert.deepEqual(await stored(), { signal: 0, offboarding_case: 0 });
    assert.equal((await service.scim('GET', `/Users/${id}`)).body['active'], true);
  });

  await t.test(
    'without a database every request is a SCIM Error 503 with Retry-After; the same write is taken when it is back',
    async () => {
      await proxy.cut();
      for (const [method, path, body] of [
        ['PATCH', `/Users/${id}`, DISABLE],
        ['GET', '/Users', undefined],
        ['POST', '/Users', { userName: 'x' }],
        ['DELETE', `/Users/${id}`, undefined],
      ] as const) {
        const answer = await service.scim(method, path, { body });
        assert.deepEqual([answer.status, answer.body['status']], [503, '503'], method);
        assert.match(String(answer.headers['content-type']), /^application\/scim\+json/);
        assert.ok(Number(answer.headers['retry-after']) >= 1);
      }
      await proxy.mend();
      assert.equal((await service.scim('PATCH', `/Users/${id}`, { body: DISABLE })).body['active'], false);
      assert.deepEqual(await stored(), { signal: 1, offboarding_case: 1 });
      await service.untilState('ada@example.com', 'completed');
    },
  );

  await t.test('no write waits for the offboarding', async () => {
    const email = 'slow@example.com';
    service.fastio.scenario.addUser({ email });
    const slow = await makeUser(service, email);
    const hold = service.fastio.pause({ call: 'resolve', subject: email }, 'before-effect');
    assert.equal((await service.scim('PATCH', `/Users/${slow}`, { body: DISABLE })).status, 200);
    await hold.arrived;
    assert.equal((await service.scim('GET', `/Users/${slow}`)).status, 200);
    hold.release();
    await service.untilState(email, 'completed');
  });

  await service.app.close();
});
