import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { followUpsIn } from '../support/flashback-stage.ts';
import { type LiveStageOptions, liveStage } from '../support/live-stage.ts';

const DELETE = /^DELETE .*\/members\/[^/]+\/$/;
const refusedBy = (status: number, code: number) => ({ status, body: { result: false, error: { code, text: 'No' } } });

/** A leaver who is in a workspace of the successor's. */
async function inside(t: TestContext, options: LiveStageOptions = {}) {
  const stage = await liveStage(t, options);
  const { live, leaver, successor } = stage;
  const workspace = live.scenario.addWorkspace({ name: 'Sales', members: { [leaver.id]: 'member', [successor.id]: 'owner' } });
  await stage.run('resolve-account');
  return {
    ...stage,
    workspace,
    isIn: () => workspace.members[leaver.id] !== undefined,
    remove: (repeated = false) =>
      stage.follow({ action: 'remove-membership', subject: `workspace/${workspace.id}`, facts: { name: 'Sales' } }, { repeated }),
  };
}

test('a member is taken out by their id, and seen to be out', async (t) => {
  const { remove, live, workspace, leaver, isIn } = await inside(t);
  doneAs(await remove(), 'verified');
  assert.equal(isIn(), false);
  assert.equal(live.count(new RegExp(`^DELETE /current/workspace/${workspace.id}/members/${leaver.id}/$`)), 1);
});

for (const code of [1609, 1652, 1653]) {
  test(`${code}: a 404 means that somebody else was faster where the members agree, and nothing where they do not`, async (t) => {
    const { remove, live, isIn } = await inside(t);
    live.fail(DELETE, refusedBy(404, code));
    assert.match(
      messageIn(await remove(), 'retry-later'),
      /was answered as if nobody were there, and the account is still shown as a member/,
    );
    assert.equal(isIn(), true);
    live.fail(DELETE, refusedBy(404, code), { afterEffect: true });
    doneAs(await remove(), 'already-absent');
  });
}

test('9992: a call that Fast.io no longer knows is no removal, and a person learns of it', async (t) => {
  const { remove, live, isIn } = await inside(t);
  live.fail(DELETE, refusedBy(404, 9992));
  assert.match(messageIn(await remove(), 'refused'), /answered 404 \(9992\).*Check that the base URL/);
  assert.equal(isIn(), true);
});

test('a page of HTML with 404 proves nothing, and the removal is tried again', async (t) => {
  const { remove, live, isIn } = await inside(t);
  live.fail(DELETE, { status: 404, text: '<html>no such page</html>' });
  messageIn(await remove(), 'retry-later');
  assert.equal(isIn(), true);
  doneAs(await remove(true), 'verified');
});

test('a workspace that was deleted holds nobody, and one that only says so holds the case up', async (t) => {
  const { remove, live, workspace } = await inside(t);
  const gone = refusedBy(404, 1609);
  live.fail(new RegExp(`${workspace.id}/members/list`), gone);
  assert.match(messageIn(await remove(), 'retry-later'), /workspace .* \(Sales\) is listed, and its members are answered with 1609/);
  live.scenario.deletePlace(workspace.id);
  doneAs(await remove(), 'already-absent');
  assert.equal(live.count(DELETE), 0);
});

test('a workspace that is closed to Leaver is no proof that nobody is in it', async (t) => {
  const { remove, live, workspace } = await inside(t);
  live.scenario.setMember(workspace.id, live.callerId, null);
  assert.match(
    messageIn(await remove(), 'refused'),
    /may not see who is in workspace .* \(Sales\) \(it is no member there\), so nobody can say whether the person is\. Let the account to which targets\[live\]\.token belongs be an admin there, then retry/,
  );
});

test('a removal that Leaver may not make is a matter for a person, and holds up no other place', async (t) => {
  const { remove, live, workspace, isIn } = await inside(t);
  live.scenario.setMember(workspace.id, live.callerId, 'member');
  assert.match(
    messageIn(await remove(), 'refused'),
    /was not taken out in workspace .* \(Sales\): Fast\.io refused it \(1680\)\. Let .* manage members there/,
  );
  assert.equal(isIn(), true);
});

test('whoever owns the place by now is handed over from before they are taken out', async (t) => {
  const { remove, live, workspace, leaver } = await inside(t);
  live.scenario.setMember(workspace.id, leaver.id, 'owner');
  const result = await remove();
  assert.ok(result.kind === 'more-first');
  assert.deepEqual(followUpsIn(result), [{ action: 'transfer-ownership', subject: `workspace/${workspace.id}`, facts: { name: 'Sales' } }]);
  assert.equal(live.count(DELETE), 0);
});

test('nobody leaves the organization while they are in a workspace or a share of it, or own one', async (t) => {
  const { run, remove, live, leaver, successor, workspace } = await inside(t);
  const share = live.scenario.addShare({ name: 'Pitch', members: { [leaver.id]: 'owner', [successor.id]: 'view' } });
  const result = await run('remove-from-organization');
  assert.ok(result.kind === 'more-first');
  assert.deepEqual(
    followUpsIn(result).map(({ action, subject }) => `${action} ${subject}`),
    [`transfer-ownership share/${share.id}`, `remove-membership workspace/${workspace.id}`, `remove-membership share/${share.id}`],
  );
  await remove();
  live.scenario.deletePlace(share.id);
  doneAs(await run('remove-from-organization'), 'verified');
  doneAs(await run('remove-from-organization'), 'already-absent');
  doneAs(await run('remove-from-organization', { repeated: true }), 'verified');
  assert.deepEqual(live.membershipsOf(leaver.id), []);
});

test('the owner of the organization stays in it, everything else goes on, and a person learns who alone can act', async (t) => {
  const { run, remove, live, leaver } = await inside(t);
  live.scenario.setMember(live.orgId, live.ownerId, 'admin');
  live.scenario.setMember(live.orgId, leaver.id, 'owner');
  doneAs(await run('list-workspaces'), 'verified');
  doneAs(await remove(), 'verified');
  const message = messageIn(await run('remove-from-organization'), 'refused');
  assert.match(message, /is the owner of organization .*, which only they can hand over.*look for transfer links.*then retry/);
  assert.equal(live.count(/^DELETE \/current\/org/), 0);
  assert.equal(live.profiles[live.orgId]?.members[leaver.id]?.role, 'owner');
});

test('the last look finds a membership that appeared late, an account that came back, and a namesake', async (t) => {
  const { run, remove, live, workspace, leaver } = await inside(t);
  await remove();
  await run('remove-from-organization');
  live.scenario.setMember(workspace.id, leaver.id, 'guest');
  assert.deepEqual(
    followUpsIn(await run('verify-removal')).map(({ action }) => action),
    ['remove-membership'],
  );
  live.scenario.setMember(workspace.id, leaver.id, null);
  live.scenario.setMember(live.orgId, leaver.id, 'member');
  assert.match(messageIn(await run('verify-removal'), 'retry-later'), /is shown as a member again/);
  live.scenario.setMember(live.orgId, leaver.id, null);
  const { id } = live.scenario.addUser({ email: 'lee.aver@example.com' });
  assert.match(messageIn(await run('verify-removal'), 'refused'), new RegExp(`the account ${id} has come in with an address of theirs`));
  live.scenario.setMember(live.orgId, id, null);
  const { residual } = doneAs(await run('verify-removal'), 'verified');
  assert.match(JSON.stringify(residual), /API keys belong to the account.*authorized domains/);
});

test('a workspace into which Leaver cannot look keeps the person in the organization and the case from being over, and is named', async (t) => {
  const { run, remove, live, workspace } = await inside(t);
  const { id } = live.scenario.addWorkspace({ name: 'Board' });
  live.scenario.setMember(id, live.callerId, null);
  await remove();
  const closed = new RegExp(`may not see who is in workspace ${id} \\(Board\\), so nobody can say`);
  assert.match(messageIn(await run('remove-from-organization'), 'refused'), closed);
  live.scenario.setMember(id, live.callerId, 'admin');
  doneAs(await run('remove-from-organization'), 'verified');
  live.scenario.setMember(id, live.callerId, null);
  assert.match(messageIn(await run('verify-removal'), 'refused'), closed);
  live.scenario.setMember(id, live.callerId, 'admin');
  doneAs(await run('verify-removal'), 'verified');
  assert.ok(workspace.members[live.callerId]);
});

test('invitations into the organization and the workspaces are cancelled, those of others stay, and answers that are lost are found out', async (t) => {
  const { run, follow, live, workspace } = await inside(t);
  live.scenario.invite(live.orgId, 'Lee.Aver@Example.com');
  live.scenario.invite(workspace.id, 'lee.aver@example.com', 'admin');
  live.scenario.invite(workspace.id, 'other@example.com');
  const asked = followUpsIn(await run('list-workspaces')).filter(({ action }) => action === 'cancel-invitations');
  assert.deepEqual(
    asked.map(({ subject }) => subject),
    [`org/${live.orgId}`, `workspace/${workspace.id}`],
  );
  live.fail(/^DELETE .*\/invitation\//, 'reset', { afterEffect: true });
  for (const step of asked) doneAs(await follow(step), 'verified');
  for (const step of asked) doneAs(await follow(step), 'already-absent');
  assert.deepEqual(live.profiles[live.orgId]?.invitations, []);
  assert.deepEqual(
    live.profiles[workspace.id]?.invitations.map(({ email }) => email),
    ['other@example.com'],
  );
  assert.equal(live.count(/^DELETE .*\/invitation\//), 2);
});

test('an invitation that stays listed after it was cancelled is cancelled again later', async (t) => {
  const { at, live } = await inside(t);
  live.scenario.invite(live.orgId, 'lee.aver@example.com');
  live.fail(/^DELETE .*\/invitation\//, { status: 200, body: { result: true } });
  assert.match(messageIn(await at('cancel-invitations', `org/${live.orgId}`), 'retry-later'), /was cancelled, and is still listed/);
  doneAs(await at('cancel-invitations', `org/${live.orgId}`, { repeated: true }), 'verified');
});

test('somebody who is taken out is taken out of the search of events too, later than everything else and not by an old event', async (t) => {
  const { run, remove, live, leaver, clock, finished } = await inside(t, { eventDelay: 2 });
  live.scenario.logEvent('removed_member_from_org', leaver.id);
  live.scenario.logEvent('removed_member_from_org', live.ownerId);
  await run('list-workspaces');
  // Once more, now that the old ones show.
  finished.pop();
  await run('list-workspaces');
  await remove();
  await run('remove-from-organization');
  const { event, actorId, createdAt } = doneAs(await run('verify-audit'), 'verified');
  assert.deepEqual([event, actorId, createdAt], ['removed_member_from_org', live.callerId, '2026-03-02 08:00:00']);
  assert.ok(clock.slept.length > 0);
});

test('an event that never shows is looked for once more, and then said to be missing: the members have been read back', async (t) => {
  const { run, remove } = await inside(t, { eventDelay: 1000 });
  await run('list-workspaces');
  await remove();
  await run('remove-from-organization');
  const first = await run('verify-audit');
  assert.match(messageIn(first, 'retry-later'), /no event removed_member_from_org of the person shows yet/);
  assert.equal(first.kind === 'retry-later' && first.afterMs, 60_000);
  const { note } = doneAs(await run('verify-audit', { repeated: true }), 'acknowledged');
  assert.match(String(note), /no such event has shown yet/);
});

test('where nothing was taken out in this case, no event is looked for', async (t) => {
  const { run, live } = await inside(t);
  assert.equal((await run('verify-audit')).kind, 'not-needed');
  assert.equal(live.count(/events\/search/), 0);
});

test('a membership that a removal took although nobody saw it is given back with its role', async (t) => {
  const { follow, remove, live, workspace, leaver } = await inside(t);
  const back = {
    action: 'return-membership',
    subject: `workspace/${workspace.id}`,
    facts: { name: 'Sales', role: 'member', expires: null },
  };
  doneAs(await follow(back), 'already-absent');
  await remove();
  doneAs(await follow(back), 'verified');
  assert.deepEqual(workspace.members[leaver.id], { role: 'member', expires: null });
  live.scenario.setMember(workspace.id, leaver.id, null);
  assert.match(
    messageIn(await follow({ ...back, facts: { name: 'Sales', role: 'curator' } }), 'refused'),
    /had a role in .* that Leaver cannot give back/,
  );
});

test('a step without an account, or about no place, does nothing', async (t) => {
  const { live, follow, finished } = await inside(t);
  const before = live.calls.length;
  assert.match(
    messageIn(await follow({ action: 'remove-membership', subject: 'workspace/' }), 'refused'),
    /not known which place is meant/,
  );
  finished.length = 0;
  assert.match(messageIn(await follow({ action: 'remove-membership', subject: 'workspace/1' }), 'refused'), /the account was not resolved/);
  assert.equal(live.calls.slice(before).filter(({ call }) => !call.startsWith('GET ')).length, 0);
});
