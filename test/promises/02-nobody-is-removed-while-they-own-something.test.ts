import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';

const EMAIL = 'leaver@example.com';

test('nobody is removed while they own something: a workspace that appears at the last moment is handed over first', async (t) => {
  const { fastio, okta, untilState } = await startService(t);
  const leaver = fastio.scenario.addUser({ email: EMAIL });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'there from the start' });
  let late = 0;
  fastio.scenario.on(
    'transfer',
    () => {
      late += 1;
      if (late <= 3) {
        fastio.scenario.addWorkspace({ ownerId: leaver.id, name: `late ${late}` });
      }
    },
    { when: 'after', times: 3 },
  );
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const done = await untilState(EMAIL, 'completed');
  assert.equal(done.steps.filter(({ action, outcome }) => action === 'transfer-workspace' && outcome === 'verified').length, 4);
  assert.equal(fastio.effects.at(-1)?.kind, 'user.deleted');
  assert.deepEqual(fastio.violations, []);
});

test('nobody is removed while they own something: a transfer that is refused keeps the member, contained, and asks for a person', async (t) => {
  const { fastio, okta, untilState, call } = await startService(t);
  const leaver = fastio.scenario.addUser({ email: EMAIL, sessions: 1, tokens: 1 });
  fastio.expectLeaver(leaver.id);
  const stuck = fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'too large' });
  fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'goes over' });
  const refusal = fastio.fail(
    { call: 'transfer', subject: stuck.id },
    { status: 409, code: 'quota_exceeded' },
    { times: Number.POSITIVE_INFINITY },
  );
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const asking = await untilState(EMAIL, 'attention');
  assert.match(asking.reason ?? '', /quota/i);
  assert.ok(asking.containedAt !== null);
  // The case asks as soon as one transfer is refused; the other one goes on.
  await eventually('the other workspace is handed over', () => fastio.leftovers(leaver.id).workspaces === 1);
  assert.deepEqual(fastio.leftovers(leaver.id), { member: true, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 1 });
  assert.ok(!fastio.requests.some(({ call: name }) => name === 'remove'));

  refusal.clear();
  const { status } = await call('POST', `/v1/cases/${asking.id}/retry`, { reason: 'the quota was raised' });
  assert.equal(status, 202);
  await untilState(EMAIL, 'completed');
  assert.deepEqual(fastio.violations, []);
});
