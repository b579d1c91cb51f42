import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn, type StageOptions } from '../support/fastio-stage.ts';

async function withWorkspace(t: TestContext, options: StageOptions = {}) {
  const stage = await fastioStage(t, options);
  const workspace = stage.fastio.scenario.addWorkspace({ ownerId: stage.leaver.id, name: 'Designs', storageBytes: 10 });
  await stage.after('resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens');
  const ownerNow = () => stage.fastio.workspaces.get(workspace.id)?.ownerId;
  const facts = { name: 'Designs', ownerBefore: stage.leaver.id, successorId: stage.successor.id, seenWith: stage.successor.id };
  return { ...stage, id: workspace.id, ownerNow, facts };
}

test('a transfer is verified when the target names the new owner and the leaver no longer has it', async (t) => {
  const { transfer, id, facts, ownerNow, successor } = await withWorkspace(t);
  assert.deepEqual(doneAs(await transfer(id), 'verified'), facts);
  assert.equal(ownerNow(), successor.id);
});

test('a repeated transfer that had worked is seen with the successor, and not done again', async (t) => {
  const { transfer, id, facts, calls } = await withWorkspace(t);
  await transfer(id);
  assert.deepEqual(doneAs(await transfer(id, { repeated: true }), 'verified'), facts);
  assert.equal(calls('transfer'), 1);
});

test('a repeated transfer that had not worked is done', async (t) => {
  const { transfer, id, ownerNow, successor } = await withWorkspace(t);
  doneAs(await transfer(id, { repeated: true }), 'verified');
  assert.equal(ownerNow(), successor.id);
});

test('a repeated transfer of a workspace that nobody has any more says so', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t);
  fastio.workspaces.delete(id);
  const facts = doneAs(await transfer(id, { repeated: true }), 'already-absent');
  assert.equal(facts['seenWith'], null);
});

test('a workspace that has passed to somebody else since the inventory is not taken from them', async (t) => {
  const { transfer, id, fastio, calls, ownerNow } = await withWorkspace(t);
  const other = fastio.scenario.addUser({ email: 'bob@example.com' });
  fastio.scenario.passWorkspaceOn(id, other.id);
  const facts = doneAs(await transfer(id), 'already-absent');
  assert.deepEqual([facts['seenWith'], calls('transfer'), ownerNow()], [null, 0, other.id]);
});

test('an accepted transfer is waited for until the successor has it', async (t) => {
  const { transfer, id, facts, clock } = await withWorkspace(t, { acceptedTransfers: { afterMs: 20_000 } });
  assert.deepEqual(doneAs(await transfer(id), 'verified'), facts);
  assert.ok(clock.slept.length >= 7 && clock.slept.length <= 12, `${clock.slept.length} pauses`);
});

test('an accepted transfer that takes longer than a minute is left to a later attempt, which does not start another', async (t) => {
  const { transfer, id, clock, fastio } = await withWorkspace(t, { acceptedTransfers: { afterMs: 100_000 } });
  const result = await transfer(id);
  messageIn(result, 'retry-later');
  assert.equal(result.kind === 'retry-later' && result.afterMs, 5000);
  clock.move(60_000);
  doneAs(await transfer(id, { repeated: true }), 'verified');
  assert.equal(fastio.effects.filter(({ kind }) => kind === 'workspace.transferred').length, 1);
});

for (const fault of ['hang-after-effect', 'reset-after-effect', 'truncated-json', 'half-json', 'oversize'] as const) {
  test(`a transfer whose answer is lost (${fault}) is looked up, and not done again`, async (t) => {
    const { transfer, id, facts, fastio, calls } = await withWorkspace(t, { attempts: 3 });
    fastio.fail('transfer', fault);
    assert.deepEqual(doneAs(await transfer(id), 'verified'), facts);
    assert.equal(calls('transfer'), 1);
  });
}

test('a gateway error after the effect is looked up, and the transfer not done again', async (t) => {
  const { transfer, id, fastio, calls } = await withWorkspace(t, { attempts: 3 });
  fastio.fail('transfer', { status: 504, body: 'html', afterEffect: true });
  doneAs(await transfer(id), 'verified');
  assert.equal(calls('transfer'), 1);
});

for (const fault of ['reset', 'hang', { status: 502, body: 'html' }] as const) {
  test(`a transfer that got lost (${JSON.stringify(fault)}) is looked up, and done once more`, async (t) => {
    const { transfer, id, fastio, calls } = await withWorkspace(t, { attempts: 3 });
    fastio.fail('transfer', fault);
    doneAs(await transfer(id), 'verified');
    assert.equal(calls('transfer'), 2);
  });
}

test('a transfer that got lost twice is left to a later attempt', async (t) => {
  const { transfer, id, fastio, calls } = await withWorkspace(t, { attempts: 3 });
  fastio.fail('transfer', 'reset', { times: 9 });
  const result = await transfer(id);
  assert.equal(result.kind === 'retry-later' && result.error.code, 'target-unclear');
  assert.equal(calls('transfer'), 2);
});

test('a lost answer whose look-up fails too says nothing about the outcome', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t);
  fastio.fail('transfer', 'reset-after-effect');
  fastio.fail('inventory', { status: 503 });
  messageIn(await transfer(id), 'retry-later');
});

test('a successor without room is refused, with what to do', async (t) => {
  const { transfer, id, fastio, successor, leaver, ownerNow } = await withWorkspace(t);
  fastio.scenario.changeUser(successor.id, { storageQuotaBytes: 5 });
  const result = await transfer(id);
  assert.match(messageIn(result, 'refused'), new RegExp(`quota of ${successor.id}.*fallbackOwnerId`));
  assert.deepEqual(result.kind === 'refused' && [result.error.targetCode, result.error.status], ['quota_exceeded', 409]);
  assert.equal(ownerNow(), leaver.id);
});

for (const status of [423, 409] as const) {
  test(`${status} is left to a later attempt`, async (t) => {
    const { transfer, id, fastio } = await withWorkspace(t);
    fastio.fail('transfer', { status });
    messageIn(await transfer(id), 'retry-later');
  });
}

test('a workspace that vanished before the transfer is already absent, once both lists agree', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t);
  fastio.workspaces.delete(id);
  doneAs(await transfer(id), 'already-absent');
});

test('a 404 although the leaver still has it points to the successor', async (t) => {
  const { transfer, id, leaver, ownerNow } = await withWorkspace(t, { fallbackOwnerId: 'service-account', tolerate: true });
  assert.match(messageIn(await transfer(id), 'refused'), /answered with 404.*service-account.*fallbackOwnerId/);
  assert.equal(ownerNow(), leaver.id);
});

test('a workspace goes to the fallback that the operator has named since, and is found there', async (t) => {
  const newFallback = '4870000000000000100';
  const { transfer, id, fastio, ownerNow, calls } = await withWorkspace(t, { fallbackOwnerId: newFallback });
  fastio.scenario.addUser({ id: newFallback, email: 'new@example.com' });
  assert.equal(doneAs(await transfer(id), 'verified')['successorId'], newFallback);
  assert.equal(doneAs(await transfer(id, { repeated: true }), 'verified')['successorId'], newFallback);
  assert.deepEqual([ownerNow(), calls('transfer')], [newFallback, 1]);
});

test('a workspace that an earlier attempt gave to the planned successor stays there', async (t) => {
  const { transfer, id, fastio, facts, successor } = await withWorkspace(t, { fallbackOwnerId: 'service-account' });
  Object.assign(fastio.workspaces.get(id) ?? {}, { ownerId: successor.id });
  assert.deepEqual(doneAs(await transfer(id, { repeated: true }), 'verified'), facts);
});

test('a fallback without a list of its own does not own the workspace', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t, { fallbackOwnerId: 'service-account' });
  fastio.workspaces.delete(id);
  doneAs(await transfer(id, { repeated: true }), 'already-absent');
});

test('nothing goes to a successor who was suspended or is leaving since the inventory', async (t) => {
  const { transfer, id, fastio, successor, leaver, ownerNow } = await withWorkspace(t);
  messageIn(await transfer(id, { leavingAccounts: new Set([successor.id]) }), 'refused');
  fastio.scenario.changeUser(successor.id, { status: 'suspended' });
  messageIn(await transfer(id), 'refused');
  assert.equal(ownerNow(), leaver.id);
});

test('a step without a workspace does nothing', async (t) => {
  const { run, calls } = await withWorkspace(t);
  messageIn(await run('transfer-workspace'), 'refused');
  assert.equal(calls('transfer'), 0);
});

test('a worker that lost its claim sends no transfer', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t);
  const before = fastio.requests.length;
  const beforeCall = () => {
    throw new Error('claim lost');
  };
  await assert.rejects(transfer(id, { beforeCall }), /claim lost/);
  assert.equal(fastio.requests.length, before);
});

test('an abort ends the wait for an accepted transfer', async (t) => {
  const { transfer, id, fastio } = await withWorkspace(t, { acceptedTransfers: { afterMs: 30_000 } });
  const aborting = new AbortController();
  fastio.scenario.on('inventory', () => aborting.abort(new Error('stopping')), { times: 1 });
  await assert.rejects(transfer(id, { signal: aborting.signal }), /stopping/);
});
