import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fastioStage, messageIn } from '../support/fastio-stage.ts';

async function withOwner(t: TestContext) {
  const stage = await fastioStage(t, { pageSize: 1 });
  const { scenario } = stage.fastio;
  scenario.changeUser(stage.leaver.id, { role: 'owner' });
  const other = scenario.addUser({ email: 'ona@example.com', role: 'Owner' });
  await stage.after('resolve-account', 'suspend');
  return { ...stage, other, isMember: () => stage.fastio.leftovers(stage.leaver.id).member };
}

const LAST_OWNER = /is the last owner of .* who stays.*Make somebody else an owner there, then retry/;

test("the organization's last owner is locked out, and neither removed nor parted from what they own", async (t) => {
  const { run, fastio, leaver, other, isMember } = await withOwner(t);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  fastio.scenario.changeUser(other.id, { role: 'member' });
  assert.match(messageIn(await run('list-workspaces'), 'refused'), LAST_OWNER);
  assert.match(messageIn(await run('remove-member'), 'refused'), LAST_OWNER);
  assert.deepEqual([isMember(), fastio.users.get(leaver.id)?.status], [true, 'suspended']);
});

test('an owner beside whom another one stays is removed', async (t) => {
  const { after, isMember } = await withOwner(t);
  await after('list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks', 'remove-member');
  assert.equal(isMember(), false);
});

test('two owners who leave at the same time do not both go', async (t) => {
  const { run, other, isMember } = await withOwner(t);
  const leavingAccounts = new Set([other.id]);
  assert.match(messageIn(await run('list-workspaces', { leavingAccounts }), 'refused'), LAST_OWNER);
  assert.match(messageIn(await run('remove-member', { leavingAccounts }), 'refused'), LAST_OWNER);
  assert.equal(isMember(), true);
});

test('an owner who is locked out is none who stays', async (t) => {
  const { run, fastio, other } = await withOwner(t);
  fastio.scenario.changeUser(other.id, { status: 'suspended' });
  assert.match(messageIn(await run('remove-member'), 'refused'), LAST_OWNER);
});

test('somebody who was made the last owner since the inventory is not removed either', async (t) => {
  const { run, after, fastio, leaver, other, isMember } = await withOwner(t);
  fastio.scenario.changeUser(leaver.id, { role: 'member' });
  await after('resolve-account', 'list-workspaces');
  fastio.scenario.changeUser(leaver.id, { role: 'owner' });
  fastio.scenario.changeUser(other.id, { role: 'admin' });
  assert.match(messageIn(await run('remove-member'), 'refused'), LAST_OWNER);
  assert.equal(isMember(), true);
});

test("Leaver's own account is not touched, though the operator has named it only since", async (t) => {
  const { run, finished, fastio, leaver } = await fastioStage(t, { isServiceAccount: true });
  finished.push({ action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: leaver.id, status: 'active' } });
  for (const action of ['suspend', 'revoke-sessions', 'delete-tokens', 'list-workspaces', 'remove-member']) {
    assert.match(messageIn(await run(action), 'refused'), /is the account that Leaver itself works with, so it was not touched/);
  }
  assert.equal(fastio.requests.length, 0);
});

test('where no roles are told, nobody is known to be the last owner', async (t) => {
  const { after, fastio, leaver } = await fastioStage(t);
  fastio.scenario.changeUser(leaver.id, { role: '' });
  await after('resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks', 'remove-member');
  assert.equal(fastio.leftovers(leaver.id).member, false);
});
