import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Role } from '../../../src/sandbox/fastio-live/fastio-live.ts';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { type LiveStageOptions, liveStage } from '../support/live-stage.ts';

const UPDATE = /^POST .*\/update\/$/;
const refusedBy = (status: number, code: number) => ({ status, body: { result: false, error: { code, text: 'No' } } });

/** A leaver with a role in a workspace of somebody else's, found and ready to be cut down. */
async function member(t: TestContext, role: Role = 'admin', options: LiveStageOptions = {}) {
  const stage = await liveStage(t, options);
  const { live, leaver, successor, follow } = stage;
  const workspace = live.scenario.addWorkspace({ name: 'Sales', members: { [successor.id]: 'owner', [leaver.id]: role } });
  await stage.run('resolve-account');
  const step = { subject: `workspace/${workspace.id}`, facts: { name: 'Sales', role, expires: null } };
  return {
    ...stage,
    workspace,
    standing: () => workspace.members[leaver.id],
    restrict: (repeated = false) => follow({ action: 'restrict-membership', ...step }, { repeated }),
    /** As the way back is planned: with what the finished step knows. */
    restore: (facts: object = step.facts, repeated = false) =>
      follow({ action: 'restore-membership', subject: step.subject, facts: { ...facts } }, { repeated }),
  };
}

test('a membership is cut down to the least role and ends in a minute, and the role from before is kept', async (t) => {
  const { restrict, standing } = await member(t);
  const facts = doneAs(await restrict(), 'verified');
  assert.deepEqual(facts, { name: 'Sales', role: 'admin', expires: null, ends: '2026-03-02 08:01:00' });
  assert.deepEqual(standing(), { role: 'guest', expires: '2026-03-02 08:01:00' });
});

test('what was cut down is given back with the role and the end from before, once', async (t) => {
  const { restrict, restore, standing, live } = await member(t);
  const facts = doneAs(await restrict(), 'verified');
  doneAs(await restore(facts), 'verified');
  assert.deepEqual(standing(), { role: 'admin', expires: null });
  doneAs(await restore(facts), 'already-absent');
  doneAs(await restore(facts, true), 'verified');
  assert.equal(live.count(UPDATE), 2);
});

test('a membership that has ended since is made anew, with its role and its end', async (t) => {
  const { restrict, restore, live, workspace, leaver, clock } = await member(t);
  live.scenario.setMember(workspace.id, leaver.id, 'member', '2030-01-01 00:00:00');
  const facts = doneAs(await restrict(), 'verified');
  clock.move(120_000);
  assert.ok(!live.membershipsOf(leaver.id).some((place) => place.startsWith('workspace/')));
  doneAs(await restrict(true), 'verified');
  doneAs(await restore(facts), 'verified');
  assert.deepEqual(workspace.members[leaver.id], { role: 'member', expires: '2030-01-01 00:00:00' });
});

test('an attempt that follows one that worked keeps the role from before, and changes nothing', async (t) => {
  const { restrict, live } = await member(t);
  await restrict();
  assert.deepEqual(doneAs(await restrict(true), 'verified'), { name: 'Sales', role: 'admin', expires: null });
  assert.equal(live.count(UPDATE), 1);
});

test('the least role that an earlier attempt has left is not taken for the one from before', async (t) => {
  const { restrict, live, workspace, leaver, standing } = await member(t);
  live.scenario.setMember(workspace.id, leaver.id, 'guest');
  assert.equal(doneAs(await restrict(true), 'verified')['role'], 'admin');
  assert.equal(standing()?.expires, '2026-03-02 08:01:00');
});

test('a role that somebody else has changed since the plan is the one that is given back', async (t) => {
  const { restrict, live, workspace, leaver } = await member(t);
  live.scenario.setMember(workspace.id, leaver.id, 'member');
  assert.equal(doneAs(await restrict(), 'verified')['role'], 'member');
});

for (const trouble of ['hang', 'reset', { status: 502, text: '<html>bad gateway</html>' }] as const) {
  test(`an answer that is lost after the effect (${JSON.stringify(trouble)}) is found out by reading`, async (t) => {
    const { restrict, live, standing } = await member(t);
    live.fail(UPDATE, trouble, { afterEffect: true });
    doneAs(await restrict(), 'verified');
    assert.deepEqual([standing()?.role, live.effects.length], ['guest', 1]);
  });
}

test('a yes that no read confirms is not believed', async (t) => {
  const { restrict, live } = await member(t);
  live.fail(UPDATE, { status: 200, body: { result: true } });
  assert.match(
    messageIn(await restrict(), 'retry-later'),
    /the role of .* in workspace .* \(Sales\) was cut down, and is still shown as before/,
  );
});

test('a Fast.io that refuses an end is asked for the role alone, both ways', async (t) => {
  const { restrict, restore, standing } = await member(t, 'admin', { knowsExpiry: false });
  const facts = doneAs(await restrict(), 'verified');
  assert.deepEqual([facts['ends'], standing()], [null, { role: 'guest', expires: null }]);
  doneAs(await restrict(true), 'verified');
  doneAs(await restore(facts), 'verified');
  assert.deepEqual(standing(), { role: 'admin', expires: null });
});

test('a guest of a Fast.io that refuses an end keeps the least role, and that is said', async (t) => {
  const { restrict } = await member(t, 'guest', { knowsExpiry: false });
  const { residual } = doneAs(await restrict(), 'not-offered');
  assert.match(String(residual), /They keep the least role there/);
});

test('an end that is set and not shown is taken away again, though everything looks as it was', async (t) => {
  const { restrict, restore, standing, live, leaver } = await member(t, 'guest');
  const users = [{ id: leaver.id, email: leaver.email, permissions: 'guest' }];
  live.fail(/workspace\/.*\/members\/list\/$/, { status: 200, body: { result: true, users } }, { times: 3 });
  doneAs(await restrict(), 'acknowledged');
  assert.equal(standing()?.expires, '2026-03-02 08:01:00');
  doneAs(await restore(), 'verified');
  assert.equal(standing()?.expires, null);
});

test('a guest keeps the role and loses the time', async (t) => {
  const { restrict, standing } = await member(t, 'guest');
  doneAs(await restrict(), 'verified');
  assert.deepEqual(standing(), { role: 'guest', expires: '2026-03-02 08:01:00' });
});

test('in the organization the role alone is cut down, for no end of it is documented', async (t) => {
  const { run, at, live, leaver } = await liveStage(t);
  await run('resolve-account');
  doneAs(await at('restrict-membership', `org/${live.orgId}`), 'verified');
  assert.deepEqual(live.profiles[live.orgId]?.members[leaver.id], { role: 'guest', expires: null });
  assert.equal(live.calls.find(({ call }) => UPDATE.test(call))?.text, 'permissions=guest');
});

test('somebody who has become the owner in the meantime is handed over from instead', async (t) => {
  const { restrict, live, workspace, leaver } = await member(t);
  live.scenario.setMember(workspace.id, leaver.id, 'owner');
  const result = await restrict();
  assert.ok(result.kind === 'not-needed');
  assert.match(result.reason, /has become the owner of workspace .* \(Sales\)/);
  assert.equal(live.count(UPDATE), 0);
});

test('a role that Leaver may not change is a matter for a person, who learns which setting it may be', async (t) => {
  const { restrict, live, standing } = await member(t);
  live.fail(UPDATE, refusedBy(403, 1680));
  assert.match(
    messageIn(await restrict(), 'refused'),
    /the role of .* was not cut down in workspace .* \(Sales\): Fast\.io refused it \(1680\)\. Let the account to which targets\[live\]\.token belongs manage members there \(.*"Owner only"\)/,
  );
  assert.equal(standing()?.role, 'admin');
});

test('a person who was taken out by somebody else, and a place that is gone, need no lock-out', async (t) => {
  const { restrict, restore, live, workspace, leaver } = await member(t);
  live.scenario.setMember(workspace.id, leaver.id, null);
  doneAs(await restrict(), 'already-absent');
  live.scenario.deletePlace(workspace.id);
  doneAs(await restrict(), 'already-absent');
  assert.equal((await restore()).kind, 'not-needed');
});

test('containment alone is the search and one step a membership', async (t) => {
  const { target } = await liveStage(t);
  const names = target.actions.filter(({ playbooks }) => playbooks.includes('contain')).map(({ phase, action }) => `${phase}: ${action}`);
  assert.deepEqual(names, ['resolve: resolve-account', 'contain: restrict-membership']);
});
