import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { type Beginning, startOutsideFlashback } from './flashback-server.ts';

const TOKEN = 'token-of-the-outside-flashback';
const LEE = 'lee@example.com';

/** A Flashback that is not ours, with Lee in three workspaces, and the service over it. Whatever it takes offence at fails the test. */
async function overOutside(t: TestContext, more: Partial<Beginning> = {}) {
  const outside = await startOutsideFlashback({
    token: TOKEN,
    caller: 'leaver',
    users: { leaver: ['service@example.com', 254], lee: [LEE, 0], sue: ['sue@example.com', 2], ann: ['ann@example.com', 255] },
    workspaces: {
      'ws-1': { leaver: 'ADMIN', lee: 'READ', ann: 'ADMIN' },
      'ws-2': { leaver: 'ADMIN', lee: 'ADMIN' },
      'ws-3': { leaver: 'ADMIN', lee: 'WRITE', sue: 'ADMIN' },
    },
    listsDeleted: true,
    ...more,
  });
  undo(t, async () => await outside.close());
  undo(t, async () => assert.deepEqual(outside.offences, []));
  const service = await startService(t, {
    config: {
      targets: [{ id: 'flashback', kind: 'flashback', baseUrl: outside.url, token: TOKEN, fallbackOwnerId: 'sue' }],
      policy: { stepRetry: { minDelayMs: 50, maxDelayMs: 100, deadlineMs: 10_000 } },
      http: { timeoutMs: 1_000, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 10 } },
    },
  });
  const begin = async (email: string, playbook = 'offboard') =>
    assert.equal((await service.call('POST', '/v1/cases', { email, playbook, reason: 'they leave' })).status, 202);
  return { ...service, outside, begin };
}

const NOT_OFFERED = ['suspend', 'revoke-sessions', 'delete-tokens', 'delete-webhooks', 'transfer-ownership', 'verify-audit'].map(
  (action) => `${action}: not-offered`,
);
const OUT = ['ADMIN ws-2 sue', 'delete lee', 'remove ws-1 lee', 'remove ws-2 lee', 'remove ws-3 lee'];

for (const listsDeleted of [true, false]) {
  test(`a person is out of every workspace before they are deleted, where deleted people are ${listsDeleted ? 'still' : 'not'} listed`, async (t) => {
    const { outside, begin, untilState } = await overOutside(t, { listsDeleted });
    await begin(LEE);
    const { steps } = await untilState(LEE, 'completed');
    assert.deepEqual([...outside.changes].sort(), OUT);
    assert.equal(outside.changes.at(-1), 'delete lee');
    assert.ok(
      outside.changes.indexOf('ADMIN ws-2 sue') < outside.changes.indexOf('remove ws-2 lee'),
      'no workspace is without a human ADMIN',
    );
    assert.ok(steps.every(({ state }) => state === 'done'));
    const unverified = steps.filter(({ outcome }) => outcome !== 'verified').map(({ action, outcome }) => `${action}: ${outcome}`);
    assert.deepEqual(unverified, NOT_OFFERED);
  });
}

test('a person who is put into another workspace on the way out is taken out of that one too before they are deleted', async (t) => {
  const { outside, begin, untilState } = await overOutside(t);
  outside.afterChange = (change) => {
    if (change.startsWith('remove ws-3')) outside.workspaces.get('ws-1')?.roles.set('lee', 'READ');
  };
  await begin(LEE);
  await untilState(LEE, 'completed');
  assert.equal(outside.changes.at(-1), 'delete lee');
  assert.equal(outside.workspaces.get('ws-1')?.roles.has('lee'), false);
});

test('a workspace that we do not administer is named to a person, holds up no other, and keeps its member from being deleted', async (t) => {
  const { outside, begin, caseOf, call, untilState } = await overOutside(t);
  outside.workspaces.get('ws-3')?.roles.set('leaver', 'READ');
  await begin(LEE);
  const { id, reason, left } = await eventually('the others are done, and a person is asked', async () => {
    const found = await caseOf(LEE);
    return found?.state === 'attention' && outside.changes.length === 3 ? found : null;
  });
  assert.match(reason ?? '', /workspace ws-3 \(Workspace ws-3\).*is no ADMIN of it/);
  assert.deepEqual(left, [{ target: 'flashback', actions: ['remove-from-workspace', 'remove-from-organization', 'verify-removal'] }]);
  assert.equal(outside.users.get('lee')?.deletedAt, null);
  outside.workspaces.get('ws-3')?.roles.set('leaver', 'ADMIN');
  await call('POST', `/v1/cases/${id}/retry`, { reason: 'we are ADMIN now' });
  await untilState(LEE, 'completed');
  assert.deepEqual([...outside.changes].sort(), OUT);
});

test('answers without words, and refusals for a while, change nothing of it', async (t) => {
  const { outside, begin, untilState } = await overOutside(t);
  outside.spoil('GET /organization/users', 500, { success: false, data: [], total: 0 });
  outside.spoil('GET /workspace', 500, { success: false, message: 'Failed to fetch workspaces' });
  outside.spoil('DELETE /workspace/ws-1', 500, { success: false, message: 'Failed to remove user from workspace' }, 2);
  outside.spoil('DELETE /organization/users/lee', 500, { success: false, error: 'Internal server error' });
  await begin(LEE);
  await untilState(LEE, 'completed');
  assert.deepEqual([...outside.changes].sort(), OUT);
});

test('neither the account that Leaver works with, nor the last OWNER, is taken out of anything; a lock-out alone changes nothing', async (t) => {
  const { outside, begin, untilState } = await overOutside(t);
  await begin('service@example.com');
  assert.match((await untilState('service@example.com', 'held')).reason ?? '', /is the account that Leaver itself works with/);
  await begin('ann@example.com');
  assert.match((await untilState('ann@example.com', 'attention')).reason ?? '', /ann is the last OWNER/);
  await begin(LEE, 'contain');
  await untilState(LEE, 'completed');
  assert.deepEqual(outside.changes, []);
  assert.ok(
    outside.calls.every((call) => call.startsWith('GET ')),
    outside.calls.join(),
  );
});

test('the outside Flashback sees what nobody should do', async (t) => {
  const outside = await startOutsideFlashback({
    token: TOKEN,
    caller: 'leaver',
    users: { leaver: ['service@example.com', 254], lee: [LEE, 0] },
    workspaces: { 'ws-1': { leaver: 'ADMIN', lee: 'READ' } },
    listsDeleted: true,
  });
  undo(t, async () => await outside.close());
  const calls = [
    'DELETE /workspace/ws-1/users/leaver',
    'DELETE /organization/users/leaver',
    'POST /sessions/revoke-all',
    'POST /user/logout',
  ];
  for (const call of [...calls, 'DELETE /organization/users/lee', 'DELETE /links/1']) {
    const [method = '', path = ''] = call.split(' ');
    await (await fetch(`${outside.url}${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } })).text();
  }
  assert.deepEqual(outside.offences, [
    'the caller was to be taken out of ws-1',
    'the caller was to be deleted',
    'a call about sessions: POST /sessions/revoke-all',
    'a call that nobody documents: POST /sessions/revoke-all',
    'a call about sessions: POST /user/logout',
    'a call that nobody documents: POST /user/logout',
    'lee was deleted while still a member of ws-1',
    'a call that nobody documents: DELETE /links/1',
  ]);
});
