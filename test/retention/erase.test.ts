import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { inTransaction } from '../../src/database/database.ts';
import { erasePerson, lockByEmail } from '../../src/directory/directory.ts';
import { keySetSchema } from '../../src/ledger/bundle.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { erase } from '../../src/retention/retention.ts';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { fatesOf, recordedSignals } from '../intake/support/recorded.ts';
import { untilSomebodyWaits } from '../support/database.ts';
import { VIEWER_TOKEN } from '../support/service.ts';
import { ADMIN_TOKEN, checkAll, openRecord, someoneLeft, wholeDatabase } from './support.ts';

const LEAVER = 'john.doe@example.com';
const REASON = 'asked by letter';

suite('a person who is erased', () => {
  test('is nowhere in the database any more, while the ledger says so and still verifies', async (t) => {
    const record = await openRecord(t);
    const { service, db, ledger } = record;
    const id = await someoneLeft(record, 'John.Doe@example.com', '00uJohn');
    const other = await someoneLeft(record, 'jane@example.com', '00uJane');
    await inTransaction(db, async (tx) =>
      ledger.append(tx, [
        { kind: 'signal.recorded', caseId: id, data: {}, personal: { name: 'Name of John.Doe' } },
        { kind: 'signal.recorded', caseId: other, data: {}, personal: { name: 'Name of jane' } },
      ]),
    );
    const told = { event: 'case.completed', channel: 'mail', due_at: new Date(), created_at: new Date() };
    const [about, to] = [JSON.stringify({ email: LEAVER }), LEAVER.toUpperCase()];
    await db
      .insertInto('notification')
      .values([
        { ...told, id: randomUUID(), occurrence: randomUUID(), subject: id, recipient: 'it@example.com', facts: about },
        { ...told, id: randomUUID(), occurrence: randomUUID(), subject: other, recipient: to, facts: '{}' },
      ])
      .execute();
    const { body } = await service.call('POST', '/v1/erasures', { email: LEAVER, reason: REASON }, ADMIN_TOKEN);
    assert.deepEqual(body, { cases: [id], signals: 1 });

    const left = await wholeDatabase(record);
    const { salt } = await db.selectFrom('person').select('salt').where('email', '=', 'jane@example.com').executeTakeFirstOrThrow();
    assert.deepEqual(left.match(/[^\n]*(john\.doe|00uJohn)[^\n]*/gi), null);
    assert.ok(left.includes('Name of jane') && left.includes(salt), 'others stay whole');

    assert.deepEqual(await checkAll(t, record).then(({ ok, problem }) => [ok, problem]), [true, null]);
    const keys = keySetSchema.parse((await service.call('GET', '/.well-known/jwks.json')).body);
    for (const [caseId, person] of [
      [id, null],
      [other, 'jane@example.com'],
    ] as const) {
      const bundle = await service.call('GET', `/v1/cases/${caseId}/evidence`);
      const verdict = await verifyEvidence(JSON.stringify(bundle.body), keys);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.equal(verdict.payload.person?.email ?? null, person);
      const last = verdict.payload.entries.at(-1)?.entry;
      assert.equal(last?.kind, person === null ? 'case.erased' : 'signal.recorded');
      assert.ok(person !== null || (last?.data['by'] === 'chief' && last.data['reason'] === REASON));
    }
  });

  test('is somebody new when they come and leave once more', async (t) => {
    const record = await openRecord(t);
    const first = await someoneLeft(record, LEAVER, '00u1');
    await erase(record, { email: LEAVER, by: 'chief', reason: REASON });
    const { service } = record;
    await service.okta.deactivate({ id: '00u1', login: LEAVER });
    const again = await service.caseOf(LEAVER);
    assert.ok(again && again.id !== first);
    const { body } = await service.call('GET', `/v1/cases/${again.id}/evidence`);
    assert.ok((await verifyEvidence(JSON.stringify(body))).ok);
  });

  test('is not in the names of events either, which are known all the same', async (t) => {
    const record = await openRecord(t);
    const { service, db } = record;
    await someoneLeft(record, LEAVER, '00uJohnDoe');
    const rename = (from: string, to: string) => db.updateTable('signal').set({ event_id: to }).where('event_id', '=', from).execute();
    const [signal] = await recordedSignals(service);
    await rename(signal?.eventId ?? '', 'deleted 00uJohnDoe');
    const event = { ...oktaEvent('user.lifecycle.deactivate', { id: '00uJohnDoe', login: LEAVER }), uuid: 'deleted 00uJohnDoe' };
    await erase(record, { email: LEAVER, by: 'chief', reason: REASON });
    assert.match((await recordedSignals(service))[0]?.eventId ?? '', /^erased [0-9a-f]{64}$/);
    assert.deepEqual((await wholeDatabase(record)).match(/[^\n]*(john\.doe|00uJohnDoe)[^\n]*/gi), null);
    await service.okta.deliver([event]);
    assert.deepEqual(await fatesOf(service, event), ['duplicate']);
    assert.equal(await service.caseOf(LEAVER), null);
  });

  test('is not in the reason for which a message told nobody for certain, either', async (t) => {
    const record = await openRecord(t);
    const { service } = record;
    await someoneLeft(record, LEAVER, '00uJohnDoe');
    await service.okta.deactivate({ id: '00uAnotherOne', login: LEAVER });
    assert.match((await recordedSignals(service))[0]?.reason ?? '', /belongs to 00uJohnDoe/);
    await erase(record, { email: LEAVER, by: 'chief', reason: REASON });
    assert.deepEqual((await wholeDatabase(record)).match(/[^\n]*(john\.doe|00uJohnDoe)[^\n]*/gi), null);
  });

  test('leaves to somebody else what is known by an address that has passed to them', async (t) => {
    const record = await openRecord(t);
    await someoneLeft(record, LEAVER, '00u1');
    await record.service.okta.deactivate({ id: '00u1', login: 'renamed@example.com' });
    await record.db.deleteFrom('recheck').execute();
    await record.db.updateTable('person_email').set({ state: 'recycled' }).where('email_key', '=', LEAVER).execute();
    const told = { event: 'case.completed', channel: 'mail', due_at: new Date(), created_at: new Date(), facts: '{}' };
    const mail = { ...told, id: randomUUID(), occurrence: randomUUID(), subject: randomUUID(), recipient: LEAVER };
    await record.db.insertInto('notification').values(mail).execute();
    await erase(record, { email: 'renamed@example.com', by: 'chief', reason: REASON });
    const kept = await record.db.selectFrom('notification').select('id').where('recipient', '=', LEAVER).execute();
    assert.deepEqual(kept, [{ id: mail.id }]);
  });

  test('may be named by a former address, and is erased whole by it', async (t) => {
    const record = await openRecord(t);
    await someoneLeft(record, LEAVER, '00u1');
    await record.service.okta.deactivate({ id: '00u1', login: 'renamed@example.com' });
    await record.db.deleteFrom('recheck').execute();
    await erase(record, { email: LEAVER, by: 'chief', reason: REASON });
    assert.deepEqual((await wholeDatabase(record)).match(/john\.doe|renamed@/gi), null);
  });
});

suite('nothing is erased', () => {
  test('while a case is open, whatever waits in it, and the answer says which', async (t) => {
    const record = await openRecord(t, { policy: { protected: [LEAVER] } });
    const { service } = record;
    await service.okta.deactivate({ id: '00u1', login: LEAVER });
    const held = await service.untilState(LEAVER, 'held');
    const before = await wholeDatabase(record);
    const { status, body } = await service.call('POST', '/v1/erasures', { email: LEAVER, reason: REASON }, ADMIN_TOKEN);
    assert.equal(status, 409);
    assert.match((body as { detail: string }).detail, new RegExp(`Nothing was erased: their case ${held.id} is held`));
    assert.equal((await wholeDatabase(record)).includes(LEAVER), before.includes(LEAVER));
    await service.call('POST', `/v1/cases/${held.id}/cancel`, { reason: REASON });
    await service.untilState(LEAVER, 'cancelled');
    assert.equal((await service.call('POST', '/v1/erasures', { email: LEAVER, reason: REASON }, ADMIN_TOKEN)).status, 200);
  });

  test('of somebody who is not known, twice, by others than administrators, or without a reason', async (t) => {
    const record = await openRecord(t);
    await someoneLeft(record, LEAVER);
    const ask = async (body: unknown, token: string) => (await record.service.call('POST', '/v1/erasures', body, token)).status;
    const asked = { email: LEAVER, reason: REASON };
    assert.deepEqual(
      [
        await ask({ ...asked, email: 'nobody@example.com' }, ADMIN_TOKEN),
        await ask(asked, VIEWER_TOKEN),
        await ask({ email: LEAVER }, ADMIN_TOKEN),
      ],
      [404, 401, 400],
    );
    const twice = await Promise.all([ask(asked, ADMIN_TOKEN), ask(asked, ADMIN_TOKEN)]);
    assert.deepEqual(twice.sort(), [200, 404]);
  });

  test('of somebody else when an address has passed to somebody new', async (t) => {
    const record = await openRecord(t);
    await someoneLeft(record, LEAVER);
    await record.db.updateTable('person_email').set({ state: 'recycled' }).execute();
    await assert.rejects(erase(record, { email: LEAVER, by: 'chief', reason: REASON }), {
      code: 'conflict',
      message: /belong to somebody else now/,
    });
  });
});

test('a message that comes while its person is erased finds nobody, and opens the case of somebody new', async (t) => {
  const record = await openRecord(t);
  const { service } = record;
  const first = await someoneLeft(record, LEAVER, '00u1');
  const locked = Promise.withResolvers<void>();
  const erasing = inTransaction(record.db, async (tx) => {
    const person = await lockByEmail(tx, LEAVER);
    locked.resolve();
    await untilSomebodyWaits(record.db);
    await erasePerson(tx, person?.id ?? '');
  });
  await locked.promise;
  await Promise.all([erasing, service.okta.deactivate({ id: '00u1', login: LEAVER })]);
  const found = await service.caseOf(LEAVER);
  assert.ok(found && found.id !== first);
});
