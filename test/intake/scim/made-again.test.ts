import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, recordedSignals } from '../support/recorded.ts';
import { makeUser, startScim } from './support/directory.ts';

const DISABLE = { Operations: [{ op: 'replace', value: { active: false } }] };

/** Where nobody has an account, cases stay open. */
test('a user who is made again', async (t) => {
  const service = await startScim(t);
  const { scim } = service;
  const latest = async () => {
    const [{ kind, disposition } = {}] = await recordedSignals(service);
    return [kind, disposition];
  };

  await t.test('after they were deleted, and is active, is back: the open case is held', async () => {
    const id = await makeUser(service, 'back@example.com');
    await scim('DELETE', `/Users/${id}`);
    await service.untilState('back@example.com', 'attention');
    await makeUser(service, 'back@example.com');
    const held = await service.untilState('back@example.com', 'held');
    assert.match(held.reason ?? '', /okta-main says that the person is active again \(scim\.user\.created\)/);
    assert.deepEqual(
      held.signals.map(({ kind }) => kind),
      ['scim.user.deleted', 'scim.user.created'],
    );
    assert.deepEqual(await latest(), ['scim.user.created', 'contradicted']);
  });

  await t.test('is back too where another channel told of the departure', async () => {
    await service.okta.deactivate({ id: '00ujl29u0le5T6Aj10h7', login: 'hook@example.com' });
    await service.untilState('hook@example.com', 'attention');
    await makeUser(service, 'hook@example.com', { externalId: '00ujl29u0le5T6Aj10h7' }, 'entra-main');
    await service.untilState('hook@example.com', 'held');
  });

  await t.test('once the case is over, is recorded, and nothing is held or opened', async () => {
    service.fastio.scenario.addUser({ email: 'over@example.com' });
    const id = await makeUser(service, 'over@example.com');
    await scim('DELETE', `/Users/${id}`);
    await service.untilState('over@example.com', 'completed');
    await makeUser(service, 'over@example.com');
    assert.deepEqual(await latest(), ['scim.user.created', 'ignored']);
    assert.equal((await casesOf(service, 'over@example.com')).length, 1);
  });

  await t.test('without being active is not back', async () => {
    const id = await makeUser(service, 'inactive@example.com');
    await scim('PATCH', `/Users/${id}`, { body: DISABLE });
    await service.untilState('inactive@example.com', 'attention');
    await scim('DELETE', `/Users/${id}`);
    await makeUser(service, 'inactive@example.com', { active: false });
    assert.deepEqual(await latest(), ['scim.user.deleted', 'accepted']);
    assert.equal((await service.caseOf('inactive@example.com'))?.state, 'attention');
  });

  await t.test('for the first time, or while nobody has left, leaves no signal', async () => {
    const before = (await recordedSignals(service)).length;
    await makeUser(service, 'new@example.com');
    await makeUser(service, 'new@example.com', {}, 'entra-main');
    assert.equal((await recordedSignals(service)).length, before);
  });
});
