import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, fastioStage, messageIn, type StageOptions } from '../support/fastio-stage.ts';

async function readyToRemove(t: TestContext, options: StageOptions = {}) {
  const stage = await fastioStage(t, options);
  await stage.after('resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks');
  return { ...stage, isMember: () => stage.fastio.leftovers(stage.leaver.id).member };
}

test('a member who owns nothing is removed, and seen to be gone', async (t) => {
  const { run, isMember, leaver } = await readyToRemove(t);
  assert.deepEqual(doneAs(await run('remove-member'), 'verified'), { userId: leaver.id });
  assert.equal(isMember(), false);
});

test('a member who still owns a workspace is not removed; the workspace is handed over first', async (t) => {
  const { run, fastio, leaver, successor, isMember, calls } = await readyToRemove(t);
  const { id } = fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'New' });
  const result = await run('remove-member');
  assert.ok(result.kind === 'more-first');
  assert.deepEqual(result.followUps, [
    { action: 'transfer-workspace', subject: id, facts: { name: 'New', successorId: successor.id, ownerId: leaver.id } },
  ]);
  assert.deepEqual([isMember(), calls('remove')], [true, 0]);
});

test('a workspace on the last page of the inventory protects its owner too', async (t) => {
  const { run, fastio, leaver, calls } = await readyToRemove(t, { pageSize: 1 });
  for (const _ of [1, 2, 3]) fastio.scenario.addWorkspace({ ownerId: leaver.id });
  const result = await run('remove-member');
  assert.equal(result.kind === 'more-first' && result.followUps.length, 3);
  assert.equal(calls('remove'), 0);
});

test('a member who owns a workspace that nobody can take over is not removed', async (t) => {
  const { run, fastio, leaver, successor, calls } = await readyToRemove(t);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  messageIn(await run('remove-member', { leavingAccounts: new Set([successor.id]) }), 'refused');
  assert.equal(calls('remove'), 0);
});

for (const fault of [{ status: 503 }, 'hang', 'html-200', 'half-json', 'redirect'] as const) {
  test(`a member whose inventory cannot be read (${JSON.stringify(fault)}) is not removed`, async (t) => {
    const { run, fastio, calls } = await readyToRemove(t);
    fastio.fail('inventory', fault);
    assert.notEqual((await run('remove-member')).kind, 'done');
    assert.equal(calls('remove'), 0);
  });
}

test('a repeated removal that had worked is seen, and not done again', async (t) => {
  const { run, calls } = await readyToRemove(t);
  await run('remove-member');
  doneAs(await run('remove-member', { repeated: true }), 'verified');
  assert.equal(calls('remove'), 1);
});

test('a repeated removal that had not worked reads the inventory again', async (t) => {
  const { run, fastio, leaver, calls } = await readyToRemove(t);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  assert.equal((await run('remove-member', { repeated: true })).kind, 'more-first');
  assert.equal(calls('remove'), 0);
});

for (const fault of ['hang-after-effect', 'reset-after-effect', { status: 502, afterEffect: true }, 'truncated-json'] as const) {
  test(`a removal whose answer is lost (${JSON.stringify(fault)}) is looked up, and not done again`, async (t) => {
    const { run, fastio, calls } = await readyToRemove(t, { attempts: 3 });
    fastio.fail('remove', fault);
    doneAs(await run('remove-member'), 'verified');
    assert.equal(calls('remove'), 1);
  });
}

test('a removal that got lost is tried again later, after another look at the inventory', async (t) => {
  const { run, fastio, calls } = await readyToRemove(t, { attempts: 3 });
  fastio.fail('remove', 'reset');
  messageIn(await run('remove-member'), 'retry-later');
  assert.equal(calls('remove'), 1);
});

test('a 404 is already absent only when the member list agrees', async (t) => {
  const { run, fastio, leaver } = await readyToRemove(t);
  fastio.fail('remove', { status: 404 });
  assert.match(messageIn(await run('remove-member'), 'retry-later'), /answered with 404, and the account is still listed/);
  fastio.scenario.on('remove', () => fastio.scenario.removeUser(leaver.id), { times: 1 });
  doneAs(await run('remove-member'), 'already-absent');
});

test('an account that somebody else removed before is already absent', async (t) => {
  const { run, fastio, leaver, calls } = await readyToRemove(t);
  fastio.scenario.removeUser(leaver.id);
  doneAs(await run('remove-member'), 'already-absent');
  assert.equal(calls('remove'), 0);
});

test('a yes after which the member is still listed is not believed', async (t) => {
  const { run, fastio, leaver } = await readyToRemove(t);
  fastio.scenario.on('remove', () => void Object.assign(fastio.users.get(leaver.id) ?? {}, { removed: false }), {
    when: 'after',
    times: 1,
  });
  assert.match(messageIn(await run('remove-member'), 'retry-later'), /still listed/);
});

test('a member whose e-mail changed is not taken for removed', async (t) => {
  const { run, fastio, leaver } = await readyToRemove(t);
  fastio.scenario.changeUser(leaver.id, { email: 'renamed@example.com' });
  fastio.fail('remove', 'reset');
  messageIn(await run('remove-member'), 'retry-later');
});
