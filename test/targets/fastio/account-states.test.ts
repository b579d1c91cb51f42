import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, fastioStage, messageIn } from '../support/fastio-stage.ts';

async function found(t: TestContext, status: 'invited' | 'deactivated' | 'active') {
  const stage = await fastioStage(t, { suspendsAnybody: false });
  stage.fastio.scenario.changeUser(stage.leaver.id, { status });
  await stage.after('resolve-account');
  return stage;
}

const REST = ['revoke-sessions', 'delete-tokens', 'list-workspaces', 'delete-webhooks', 'remove-member'];

test('an invitation that cannot be suspended is said to be open until the account is removed, and holds nothing up', async (t) => {
  const { run, after, fastio, leaver } = await found(t, 'invited');
  const facts = doneAs(await run('suspend'), 'not-offered');
  assert.equal(facts['statusBefore'], 'invited');
  assert.match(String(facts['residual']), /whoever has the invitation can accept it/);
  assert.equal(facts['lasts'], 'until the account is removed');
  await after(...REST);
  assert.equal(fastio.leftovers(leaver.id).member, false);
});

test('a deactivated account is locked out already, and is removed like any other', async (t) => {
  const { run, after, fastio, leaver } = await found(t, 'deactivated');
  assert.match(String(doneAs(await run('suspend'), 'already-absent')['note']), /nobody can sign in/);
  await after(...REST);
  assert.equal(fastio.leftovers(leaver.id).member, false);
});

test('an account whose invitation was accepted in the meantime is not taken for locked out', async (t) => {
  const { run, fastio, leaver } = await found(t, 'invited');
  fastio.scenario.on('suspend', () => fastio.scenario.changeUser(leaver.id, { status: 'active' }), { when: 'after', times: 1 });
  messageIn(await run('suspend'), 'retry-later');
  doneAs(await run('suspend', { repeated: true }), 'verified');
});

test('an active account whose suspension is refused is not taken for locked out', async (t) => {
  const { run, fastio } = await found(t, 'active');
  fastio.fail('suspend', { status: 409 });
  messageIn(await run('suspend'), 'retry-later');
});

for (const fault of [{ status: 403 }, { status: 502, body: 'html' }, { status: 429 }] as const) {
  test(`that nobody may suspend an invited account is not concluded from ${fault.status}`, async (t) => {
    const { run, fastio } = await found(t, 'invited');
    fastio.fail('suspend', fault, { times: 5 });
    assert.notEqual((await run('suspend')).kind, 'done');
  });
}

test('the status from before is there without being given back where it was never taken', async (t) => {
  const { after, run, calls } = await found(t, 'invited');
  await after('suspend');
  assert.equal(doneAs(await run('restore-status'), 'verified')['status'], 'invited');
  assert.equal(calls('release'), 0);
});
