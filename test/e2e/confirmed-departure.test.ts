import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { type OktaUsers, startOktaUsers } from '../../src/sandbox/okta-users.ts';
import { eventually } from '../support/eventually.ts';
import { HOOK_SECRET, SUCCESSOR_ID, startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const EMAIL = 'leaver@example.com';
const ID = '00u1234567890abcdefg';
const API_TOKEN = 'token-of-the-okta-api';

/** A service that can ask Okta, and somebody with a workspace whom Okta says to be as the test wants. */
async function withReader(t: TestContext, confirm = 'auto', hasReader = true) {
  const users: OktaUsers = await startOktaUsers({ token: API_TOKEN });
  undo(t, async () => await users.close());
  users.add({ email: EMAIL, id: ID });
  const api = { baseUrl: users.url, token: API_TOKEN };
  const connection = { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] }, ...(hasReader && { api }) };
  const service = await startService(t, { config: { connections: [connection], policy: { confirm } } });
  const leaver = service.fastio.scenario.addUser({ email: EMAIL, tokens: 1 });
  const { id: workspace } = service.fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'theirs' });
  service.fastio.expectLeaver(leaver.id);
  return {
    ...service,
    users,
    leave: async () => assert.equal((await service.okta.deactivate({ id: ID, login: EMAIL })).status, 204),
    status: () => service.fastio.users.get(leaver.id)?.status,
    ownerNow: () => service.fastio.workspaces.get(workspace)?.ownerId,
    isStillTheirs: () => service.fastio.workspaces.get(workspace)?.ownerId === leaver.id,
  };
}

function confirmation({ steps }: CaseView) {
  return steps.find(({ action }) => action === 'confirm-departure');
}

for (const how of ['end', 'begin'] as const) {
  test(`somebody whom Okta says to be ${how === 'end' ? 'gone' : 'going'} is taken out, which the record shows`, async (t) => {
    const { users, leave, untilState, ownerNow } = await withReader(t);
    users.deactivate(ID, how);
    await leave();
    const step = confirmation(await untilState(EMAIL, 'completed'));
    assert.deepEqual([step?.target, step?.state, step?.outcome], ['okta-main', 'done', 'verified']);
    assert.match(String(step?.facts['detail']), /DEPROVISIONED/);
    assert.equal(ownerNow(), SUCCESSOR_ID);
  });
}

test('somebody whom Okta says to be active is locked out and nothing more, until a person has answered', async (t) => {
  const { leave, untilState, status, isStillTheirs, call } = await withReader(t);
  await leave();
  const held = await untilState(EMAIL, 'held');
  assert.match(held.reason ?? '', /^okta-main says that the person is active \(.*ACTIVE.*\); the person is locked out/);
  assert.ok(held.containedAt !== null && status() === 'suspended' && isStillTheirs());
  await call('POST', `/v1/cases/${held.id}/approve`, { reason: 'they have left indeed' });
  assert.equal(confirmation(await untilState(EMAIL, 'completed'))?.state, 'skipped');
});

test('the answer to a departure that Okta does not know of may be to give the account back', async (t) => {
  const { leave, untilState, status, isStillTheirs, call } = await withReader(t);
  await leave();
  const { id } = await untilState(EMAIL, 'held');
  await call('POST', `/v1/cases/${id}/cancel`, { reason: 'a mistake' });
  await untilState(EMAIL, 'cancelled');
  assert.ok(status() === 'active' && isStillTheirs());
});

test('an Okta that cannot be read delays what is hard to reverse, and nothing else', async (t) => {
  const { users, leave, caseOf, untilState, status, isStillTheirs } = await withReader(t);
  users.deactivate(ID);
  users.fail(/users/, { status: 503 }, { times: 8 });
  await leave();
  await eventually('the person is locked out, and the reading was tried', async () => {
    const found = await caseOf(EMAIL);
    return found?.containedAt && (confirmation(found)?.attempts ?? 0) > 1;
  });
  assert.ok(status() === 'suspended' && isStillTheirs());
  await untilState(EMAIL, 'completed');
});

test('where nothing is to be confirmed, nobody is asked', async (t) => {
  const { leave, untilState, users } = await withReader(t, 'never');
  await leave();
  assert.equal(confirmation(await untilState(EMAIL, 'completed')), undefined);
  assert.equal(users.people.get(ID)?.status, 'ACTIVE');
});

test('where everything is to be confirmed, a person does it for a connection that has nobody to ask', async (t) => {
  const { leave, untilState, status, isStillTheirs, call } = await withReader(t, 'always', false);
  await leave();
  const { id, reason } = await untilState(EMAIL, 'held');
  assert.match(reason ?? '', /policy\.confirm is "always"/);
  await eventually('the person is locked out', () => status() === 'suspended');
  assert.ok(isStillTheirs());
  await call('POST', `/v1/cases/${id}/approve`, { reason: 'HR has confirmed it' });
  await untilState(EMAIL, 'completed');
});
