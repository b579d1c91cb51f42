import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn } from '../support/fastio-stage.ts';

test('a suspended account is verified by what the target says of it', async (t) => {
  const { run, after, leaver, fastio } = await fastioStage(t);
  await after('resolve-account');
  assert.deepEqual(doneAs(await run('suspend'), 'verified'), { statusBefore: 'active' });
  assert.equal(fastio.users.get(leaver.id)?.status, 'suspended');
});

test('a repeated suspension that had worked is seen, and not done again', async (t) => {
  const { run, after, calls } = await fastioStage(t);
  await after('resolve-account', 'suspend');
  assert.deepEqual(doneAs(await run('suspend', { repeated: true }), 'verified'), { statusBefore: 'active' });
  assert.equal(calls('suspend'), 1);
});

test('a repeated suspension that had not worked is done', async (t) => {
  const { run, after, calls } = await fastioStage(t);
  await after('resolve-account');
  doneAs(await run('suspend', { repeated: true }), 'verified');
  assert.equal(calls('suspend'), 1);
});

for (const fault of ['hang-after-effect', 'reset-after-effect', 'truncated-json', 'half-json', 'oversize'] as const) {
  test(`a suspension whose answer is lost (${fault}) is looked up, and not done again`, async (t) => {
    const { run, after, fastio, calls } = await fastioStage(t);
    await after('resolve-account');
    fastio.fail('suspend', fault);
    doneAs(await run('suspend'), 'verified');
    assert.equal(calls('suspend'), 1);
  });
}

test('a suspension that did not take effect is tried again later', async (t) => {
  const { run, after, fastio } = await fastioStage(t);
  await after('resolve-account');
  fastio.fail('suspend', 'reset');
  assert.match(messageIn(await run('suspend'), 'retry-later'), /whether it took effect is not known/);
});

test('a suspension that the target refuses needs a person', async (t) => {
  const { run, after, fastio } = await fastioStage(t);
  await after('resolve-account');
  fastio.fail('suspend', { status: 403 });
  assert.match(messageIn(await run('suspend'), 'refused'), /may not do this: give it the missing scope/);
});

test('an account that somebody removed meanwhile is already absent, once the member list agrees', async (t) => {
  const { run, after, fastio, leaver } = await fastioStage(t, { tolerate: true });
  await after('resolve-account');
  fastio.scenario.removeUser(leaver.id);
  doneAs(await run('suspend'), 'already-absent');
});

test('a 404 for an account that is still a member proves nothing', async (t) => {
  const { run, after, fastio } = await fastioStage(t);
  await after('resolve-account');
  fastio.fail('suspend', { status: 404 });
  assert.match(messageIn(await run('suspend'), 'retry-later'), /though it is listed as a member/);
});

test('sessions are revoked and counted, and no more than acknowledged', async (t) => {
  const { run, after } = await fastioStage(t);
  await after('resolve-account', 'suspend');
  assert.deepEqual(doneAs(await run('revoke-sessions'), 'acknowledged'), { revoked: 2, locksReleased: 1 });
});

test('tokens are deleted and counted, and no more than acknowledged', async (t) => {
  const { run, after } = await fastioStage(t);
  await after('resolve-account', 'suspend');
  assert.deepEqual(doneAs(await run('delete-tokens'), 'acknowledged'), { deleted: 3 });
});

test('an answer without counts is enough', async (t) => {
  const { run, after } = await fastioStage(t, { bareAnswers: true });
  await after('resolve-account', 'suspend');
  assert.deepEqual(doneAs(await run('revoke-sessions'), 'acknowledged'), { revoked: null, locksReleased: null });
  assert.deepEqual(doneAs(await run('delete-tokens'), 'acknowledged'), { deleted: null });
});

for (const [action, call] of [
  ['revoke-sessions', 'revokeSessions'],
  ['delete-tokens', 'deleteTokens'],
] as const) {
  test(`${action}: 404 means that there is nothing left`, async (t) => {
    const { run, after, fastio } = await fastioStage(t);
    await after('resolve-account', 'suspend');
    fastio.fail(call, { status: 404 });
    doneAs(await run(action), 'already-absent');
  });

  test(`${action}: a proxy's 404 page means nothing`, async (t) => {
    const { run, after, fastio } = await fastioStage(t);
    await after('resolve-account', 'suspend');
    fastio.fail(call, { status: 404, body: 'html' });
    messageIn(await run(action), 'retry-later');
  });

  test(`${action}: a lost answer is followed by doing it once more, which does no harm`, async (t) => {
    const { run, after, fastio, leaver } = await fastioStage(t, { attempts: 2 });
    await after('resolve-account', 'suspend');
    fastio.fail(call, 'reset-after-effect');
    doneAs(await run(action), 'acknowledged');
    const { sessions, tokens } = fastio.leftovers(leaver.id);
    assert.equal(action === 'delete-tokens' ? tokens : sessions, 0);
  });

  test(`${action}: a target that is away is asked later`, async (t) => {
    const { run, after, fastio } = await fastioStage(t);
    await after('resolve-account', 'suspend');
    fastio.fail(call, { status: 502, body: 'html' });
    messageIn(await run(action), 'retry-later');
  });
}

for (const action of [
  'suspend',
  'list-workspaces',
  'revoke-sessions',
  'delete-tokens',
  'delete-webhooks',
  'transfer-workspace',
  'remove-member',
  'verify-audit',
  'notify-successor',
]) {
  test(`${action} does nothing without a resolved account`, async (t) => {
    const { run, fastio, finished } = await fastioStage(t);
    messageIn(await run(action), 'refused');
    finished.push({ action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: '', status: 'active' } });
    messageIn(await run(action, { repeated: true }), 'refused');
    assert.equal(fastio.requests.length, 0);
  });
}
