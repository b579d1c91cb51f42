import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { type FlashbackStageOptions, flashbackStage } from '../support/flashback-stage.ts';

async function lastAdmin(t: TestContext, options: FlashbackStageOptions = {}) {
  const stage = await flashbackStage(t, options);
  const workspace = stage.flashback.scenario.addWorkspace({ id: 'ws-1', name: 'Research', members: { [stage.leaver.id]: 'ADMIN' } });
  await stage.run('resolve-account');
  const ensure = (repeated = false) =>
    stage.follow({ action: 'ensure-admin', subject: 'ws-1', facts: { name: 'Research', role: 'ADMIN' } }, { repeated });
  return { ...stage, workspace, ensure };
}

test('a successor from outside the workspace is added to it as ADMIN', async (t) => {
  const { ensure, workspace, successor } = await lastAdmin(t);
  const { successor: chosen, ...facts } = doneAs(await ensure(), 'verified');
  assert.deepEqual(facts, { name: 'Research', successorId: successor.id, roleBefore: null });
  assert.deepEqual(chosen, { accountId: successor.id, email: 'sue@example.com', source: 'fallback', status: 'active', reasons: [] });
  assert.equal(workspace.members[successor.id], 'ADMIN');
});

test('a successor who is in it already is given the role, and nobody is added twice', async (t) => {
  const { ensure, workspace, successor, flashback } = await lastAdmin(t);
  flashback.scenario.setMember('ws-1', successor.id, 'READ');
  assert.equal(doneAs(await ensure(), 'verified')['roleBefore'], 'READ');
  assert.equal(workspace.members[successor.id], 'ADMIN');
  assert.equal(flashback.count(/^POST /), 0);
});

test('where another person has become ADMIN in the meantime, nobody is made one', async (t) => {
  const { ensure, flashback } = await lastAdmin(t);
  const other = flashback.scenario.addPerson({ email: 'other@example.com' });
  flashback.scenario.setMember('ws-1', other.id, 'ADMIN');
  assert.equal((await ensure()).kind, 'not-needed');
  assert.deepEqual(flashback.effects, []);
});

for (const trouble of ['hang', 'reset', { status: 500, body: { success: false } }] as const) {
  test(`an answer that is lost after the effect (${JSON.stringify(trouble)}) is found out by reading`, async (t) => {
    const { ensure, flashback } = await lastAdmin(t);
    flashback.fail(/^POST \/workspace/, trouble, { afterEffect: true });
    doneAs(await ensure(), 'verified');
    doneAs(await ensure(true), 'verified');
    assert.equal(flashback.effects.length, 1);
  });
}

test('a successor whom the organization does not have names the setting to change', async (t) => {
  const { ensure } = await lastAdmin(t, { fallbackOwnerId: 'nobody' });
  assert.match(
    messageIn(await ensure(), 'refused'),
    /workspace ws-1 \(Research\).*not known \(404\)\. Check targets\[flashback\]\.fallbackOwnerId/,
  );
});

test('a yes that no read confirms is not believed', async (t) => {
  const { ensure, flashback, successor, workspace } = await lastAdmin(t);
  flashback.fail(/^POST \/workspace/, { status: 200, body: { success: true } });
  assert.match(messageIn(await ensure(), 'retry-later'), /was to become ADMIN of workspace ws-1 \(Research\), and is not shown as one/);
  assert.equal(workspace.members[successor.id], undefined);
});
