import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn, type Stage } from '../support/fastio-stage.ts';

async function suspended(stage: Stage): Promise<Stage> {
  await stage.after('resolve-account', 'suspend');
  return stage;
}

const idsIn = (facts: { readonly [key: string]: unknown }) => (facts['workspaces'] as { id: string }[]).map(({ id }) => id);

test('each workspace becomes one transfer, with who had it and who gets it', async (t) => {
  const { run, fastio, leaver, successor } = await suspended(await fastioStage(t));
  const { id } = fastio.scenario.addWorkspace({ ownerId: leaver.id, name: 'Designs', storageBytes: 42 });
  const result = await run('list-workspaces');
  assert.deepEqual(doneAs(result, 'verified'), {
    workspaces: [{ id, name: 'Designs', storageBytes: 42 }],
    priorDeletions: [],
    successor: { accountId: successor.id, email: 'sue@example.com', source: 'fallback', status: 'active', reasons: [] },
  });
  assert.deepEqual(result.kind === 'done' && result.followUps, [
    { action: 'transfer-workspace', subject: id, facts: { name: 'Designs', successorId: successor.id, ownerId: leaver.id } },
  ]);
});

test('an inventory of three pages is read to its end, and twice', async (t) => {
  const { run, fastio, leaver, calls } = await suspended(await fastioStage(t, { pageSize: 2 }));
  const made = [1, 2, 3, 4, 5].map(() => fastio.scenario.addWorkspace({ ownerId: leaver.id }).id);
  assert.deepEqual(idsIn(doneAs(await run('list-workspaces'), 'verified')), made);
  assert.equal(calls('inventory'), 6);
});

test('a list that grows while it is read is followed until it stands still', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  fastio.scenario.on('inventory', () => void fastio.scenario.addWorkspace({ ownerId: leaver.id }), { when: 'after', times: 3 });
  assert.equal(idsIn(doneAs(await run('list-workspaces'), 'verified')).length, 4);
});

test('a list that never stands still is left to a later attempt', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  fastio.scenario.on('inventory', () => void fastio.scenario.addWorkspace({ ownerId: leaver.id }));
  assert.match(messageIn(await run('list-workspaces'), 'retry-later'), /changed at every look/);
});

test('without workspaces no successor is needed', async (t) => {
  const { run } = await suspended(await fastioStage(t, { fallbackOwnerId: '' }));
  const result = await run('list-workspaces');
  assert.deepEqual(doneAs(result, 'verified'), { workspaces: [], priorDeletions: [] });
  assert.equal(result.kind === 'done' && result.followUps, undefined);
});

test('earlier deletions of the same account are recorded', async (t) => {
  const { run, fastio, leaver, successor } = await suspended(await fastioStage(t, { tolerate: true }));
  fastio.scenario.removeUser(leaver.id);
  Object.assign(fastio.users.get(leaver.id) ?? {}, { removed: false });
  fastio.scenario.removeUser(successor.id);
  const facts = doneAs(await run('list-workspaces'), 'verified');
  assert.equal((facts['priorDeletions'] as string[]).length, 1);
});

test("a fallback that is not among the members is the operator's choice, and said to be odd", async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t, { fallbackOwnerId: 'service-account' }));
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  const successor = doneAs(await run('list-workspaces'), 'verified')['successor'] as { status: string; reasons: string[] };
  assert.equal(successor.status, 'unknown');
  assert.match(successor.reasons.join(), /not among the members/);
});

test('a suspended fallback is refused, with the setting to change', async (t) => {
  const { run, fastio, leaver, successor } = await suspended(await fastioStage(t));
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  fastio.scenario.changeUser(successor.id, { status: 'suspended' });
  assert.match(messageIn(await run('list-workspaces'), 'refused'), /is not active.*targets\[fastio\]\.fallbackOwnerId/);
});

test('a fallback who is leaving too is refused', async (t) => {
  const { run, fastio, leaver, successor } = await suspended(await fastioStage(t));
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  messageIn(await run('list-workspaces', { leavingAccounts: new Set([successor.id]) }), 'refused');
});

test('a leaver who is the fallback is refused', async (t) => {
  const fallbackOwnerId = '4870000000000000001';
  const { run, fastio, leaver } = await suspended(await fastioStage(t, { fallbackOwnerId }));
  assert.equal(leaver.id, fallbackOwnerId);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  assert.match(messageIn(await run('list-workspaces'), 'refused'), /is the leaver/);
});

test('an account that is gone is a question for a person, since its workspaces may be orphaned', async (t) => {
  const { run, fastio, leaver } = await suspended(await fastioStage(t));
  fastio.scenario.removeUser(leaver.id);
  assert.match(messageIn(await run('list-workspaces'), 'refused'), /answered 404/);
});
