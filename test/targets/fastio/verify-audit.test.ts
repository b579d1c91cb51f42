import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, fastioStage, messageIn, type Stage, type StageOptions } from '../support/fastio-stage.ts';

async function removed(t: TestContext, options: StageOptions = {}) {
  const stage = await fastioStage(t, options);
  await stage.after(
    'resolve-account',
    'suspend',
    'list-workspaces',
    'revoke-sessions',
    'delete-tokens',
    'delete-webhooks',
    'remove-member',
  );
  return stage;
}

test("the deletion is found in the target's own log", async (t) => {
  const { run } = await removed(t, { actorId: 'admin-1' });
  const facts = doneAs(await run('verify-audit'), 'verified');
  assert.equal(facts['actorId'], 'admin-1');
  assert.match(String(facts['createdAt']), /^2026-03-02T08:/);
  assert.ok(facts['eventId']);
});

test('an event that appears seconds later is waited for', async (t) => {
  const { run, clock } = await removed(t, { auditDelayMs: 6000 });
  doneAs(await run('verify-audit'), 'verified');
  assert.deepEqual(
    clock.slept.filter((ms) => ms >= 150),
    [150, 300, 600, 1200, 2400, 2400],
  );
});

test('an event that stays away is left to a later attempt', async (t) => {
  const { run, clock } = await removed(t, { auditDelayMs: 60_000 });
  const began = clock.monotonic();
  const result = await run('verify-audit');
  assert.match(messageIn(result, 'retry-later'), /does not show the deletion/);
  assert.equal(result.kind === 'retry-later' && result.afterMs, 5000);
  assert.ok(clock.monotonic() - began <= 15_000);
});

/** Somebody removed the account earlier, and it was made anew: an old event for the same id. */
function removedBefore({ fastio, leaver }: Stage): void {
  fastio.scenario.removeUser(leaver.id);
  Object.assign(fastio.users.get(leaver.id) ?? {}, { removed: false });
}

test('an event from before this case does not count', async (t) => {
  const stage = await fastioStage(t);
  removedBefore(stage);
  await stage.after('resolve-account', 'suspend', 'list-workspaces');
  messageIn(await stage.run('verify-audit'), 'retry-later');
  await stage.after('remove-member');
  doneAs(await stage.run('verify-audit'), 'verified');
});

test('an event from before this case counts when the account was already gone', async (t) => {
  const stage = await fastioStage(t);
  removedBefore(stage);
  await stage.after('resolve-account', 'suspend', 'list-workspaces');
  stage.finished.push({ action: 'remove-member', subject: null, outcome: 'already-absent', facts: {} });
  doneAs(await stage.run('verify-audit'), 'verified');
});

test('events of other people and other events do not count', async (t) => {
  const { run, fastio, successor, after } = await fastioStage(t);
  await after('resolve-account', 'suspend', 'list-workspaces');
  fastio.scenario.removeUser(successor.id);
  messageIn(await run('verify-audit'), 'retry-later');
});

test('a log that cannot be read is asked later', async (t) => {
  const { run, fastio } = await removed(t);
  fastio.fail('audit', { status: 503 });
  messageIn(await run('verify-audit'), 'retry-later');
});
