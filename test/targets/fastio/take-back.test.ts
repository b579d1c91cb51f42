import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn, type StageOptions } from '../support/fastio-stage.ts';

async function handedOver(t: TestContext, options: StageOptions = {}) {
  const stage = await fastioStage(t, options);
  const workspace = stage.fastio.scenario.addWorkspace({ ownerId: stage.leaver.id, name: 'Designs' });
  await stage.after('resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens');
  doneAs(await stage.transfer(workspace.id), 'verified');
  const ownerNow = () => stage.fastio.workspaces.get(workspace.id)?.ownerId;
  const status = () => stage.fastio.users.get(stage.leaver.id)?.status;
  const giveBack = (more = {}) => {
    const facts = stage.finished.find(({ action }) => action === 'transfer-workspace')?.facts ?? {};
    return stage.run('return-workspace', {
      subject: workspace.id,
      facts: { ownerId: stage.leaver.id, ...facts },
      stepId: 'step-2',
      ...more,
    });
  };
  return { ...stage, id: workspace.id, ownerNow, status, giveBack };
}

test('a status is given back, and the target says so', async (t) => {
  const { after, run, status } = await handedOver(t);
  await after('restore-status');
  assert.equal(status(), 'active');
  doneAs(await run('restore-status'), 'already-absent');
  doneAs(await run('restore-status', { repeated: true }), 'verified');
});

test('an account that was suspended before the case stays suspended', async (t) => {
  const { fastio, leaver, after, run } = await fastioStage(t);
  fastio.scenario.changeUser(leaver.id, { status: 'suspended' });
  await after('resolve-account', 'suspend');
  assert.equal((await run('restore-status')).kind, 'not-needed');
  assert.equal(fastio.users.get(leaver.id)?.status, 'suspended');
});

test('there is nothing to give back to an account that is gone, and what to do is said', async (t) => {
  const { fastio, leaver, after, run } = await fastioStage(t);
  await after('resolve-account', 'suspend');
  fastio.scenario.removeUser(leaver.id);
  const result = await run('restore-status');
  assert.ok(result.kind === 'not-needed');
  assert.match(result.reason, /no longer a member.*Invite the person there again/);
});

test('a status that cannot be set is asked for once, and seen when somebody has set it', async (t) => {
  const { fastio, leaver, after, run } = await fastioStage(t);
  fastio.scenario.changeUser(leaver.id, { status: 'invited' as never });
  await after('resolve-account', 'suspend');
  assert.match(messageIn(await run('restore-status'), 'refused'), /had the status invited before.*Set it there by hand, then retry/);
  fastio.scenario.changeUser(leaver.id, { status: 'invited' as never });
  doneAs(await run('restore-status'), 'verified');
});

test('an account that is looked for once more in its case keeps the status in which it was found first', async (t) => {
  const { after, run, finished, leaver } = await fastioStage(t);
  await after('resolve-account', 'suspend');
  const facts = finished[0]?.facts ?? {};
  finished.splice(0);
  assert.equal(doneAs(await run('resolve-account', { facts }), 'verified')['statusBefore'], 'active');
  doneAs(await run('suspend', { repeated: true }), 'verified');
  doneAs(await run('restore-status'), 'verified');
  finished.splice(0);
  assert.equal(
    doneAs(await run('resolve-account', { facts: { ...facts, userId: `${leaver.id}0` } }), 'verified')['statusBefore'],
    undefined,
  );
});

for (const fault of ['hang-after-effect', 'reset-after-effect', 'half-json'] as const) {
  test(`a status whose answer is lost (${fault}) is looked up`, async (t) => {
    const { fastio, run, status } = await handedOver(t);
    fastio.fail('release', fault);
    doneAs(await run('restore-status'), 'verified');
    assert.equal(status(), 'active');
  });
}

test('a workspace is given back to the person who had it', async (t) => {
  const { after, giveBack, ownerNow, leaver, calls } = await handedOver(t);
  await after('restore-status');
  const facts = doneAs(await giveBack(), 'verified');
  assert.equal(facts['seenWith'], leaver.id);
  assert.equal(ownerNow(), leaver.id);
  doneAs(await giveBack({ repeated: true }), 'verified');
  assert.equal(calls('transfer'), 2);
});

test('a workspace whose return was answered by nobody is looked up, and not returned twice', async (t) => {
  const { after, giveBack, ownerNow, leaver, fastio, calls } = await handedOver(t);
  await after('restore-status');
  fastio.fail('transfer', 'reset-after-effect');
  doneAs(await giveBack(), 'verified');
  assert.equal(ownerNow(), leaver.id);
  assert.equal(calls('transfer'), 2);
});

test('a workspace that its receiver has passed on is not taken from whoever has it now', async (t) => {
  const { after, giveBack, ownerNow, fastio, id } = await handedOver(t);
  await after('restore-status');
  const third = fastio.scenario.addUser({ email: 'third@example.com' });
  fastio.scenario.passWorkspaceOn(id, third.id);
  assert.match(messageIn(await giveBack(), 'refused'), /no longer belongs to .* so it was not taken back/);
  assert.equal(ownerNow(), third.id);
});

test('a workspace whose transfer nobody saw the end of is found with whoever was meant to get it', async (t) => {
  const { after, giveBack, ownerNow, leaver, finished, successor } = await handedOver(t);
  await after('restore-status');
  finished.splice(
    finished.findIndex(({ action }) => action === 'transfer-workspace'),
    1,
  );
  doneAs(await giveBack({ facts: { name: 'Designs', successorId: successor.id, ownerId: leaver.id } }), 'verified');
  assert.equal(ownerNow(), leaver.id);
});
