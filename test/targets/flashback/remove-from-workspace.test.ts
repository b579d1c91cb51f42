import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { type FlashbackStageOptions, flashbackStage, followUpsIn } from '../support/flashback-stage.ts';

const DELETE = /^DELETE \/workspace\//;
const READ = /^GET \/workspace\/[^/]+$/;
const spoken = (status: number, message: string) => ({ status, body: { success: false, message } });

/** A leaver who may write in a workspace that others look after. */
async function readyToRemove(t: TestContext, options: FlashbackStageOptions = {}) {
  const stage = await flashbackStage(t, options);
  const { flashback, leaver, successor } = stage;
  const workspace = flashback.scenario.addWorkspace({
    id: 'ws-1',
    name: 'Research',
    members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' },
  });
  await stage.run('resolve-account');
  return { ...stage, workspace, isMember: () => workspace.members[leaver.id] !== undefined };
}

test('200: a member is taken out, and seen to be out', async (t) => {
  const { remove, workspace, isMember, flashback } = await readyToRemove(t);
  assert.deepEqual(doneAs(await remove(workspace), 'verified'), { name: 'Research', role: 'WRITE' });
  assert.equal(isMember(), false);
  assert.equal(flashback.count(DELETE), 1);
});

test("400: an account of Leaver's that is not validated is a matter for a person, and not asked again", async (t) => {
  const { remove, workspace, flashback, isMember } = await readyToRemove(t);
  flashback.fail(DELETE, spoken(400, 'User not found or account is not validated'));
  const message = messageIn(await remove(workspace), 'refused');
  assert.match(
    message,
    /workspace ws-1 \(Research\).*targets\[flashback\]\.token belongs is unknown there or not validated \(400\)\. Validate it/,
  );
  assert.deepEqual([flashback.count(DELETE), isMember()], [1, true]);
});

test('403: a workspace of which Leaver is no ADMIN is named, and the other workspaces go on', async (t) => {
  const { remove, workspace, flashback, leaver, successor } = await readyToRemove(t);
  const other = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  flashback.scenario.setMember(workspace.id, flashback.callerId, 'READ');
  const message = messageIn(await remove(workspace), 'refused');
  assert.match(message, /workspace ws-1 \(Research\).*is no ADMIN of it \(403\)\. Make it one/);
  doneAs(await remove(other), 'verified');
  assert.deepEqual(flashback.membershipsOf(leaver.id), ['ws-1']);
});

test('404: somebody else was faster, which a read confirms', async (t) => {
  const { remove, workspace, flashback, leaver } = await readyToRemove(t);
  flashback.fail(DELETE, spoken(404, 'User not found in workspace'), { afterEffect: true });
  doneAs(await remove(workspace), 'already-absent');
  assert.deepEqual(flashback.membershipsOf(leaver.id), []);
});

test('404: an answer that the members contradict is not believed', async (t) => {
  const { remove, workspace, flashback, isMember } = await readyToRemove(t);
  flashback.fail(DELETE, spoken(404, 'User not found'));
  assert.match(messageIn(await remove(workspace), 'retry-later'), /answered with 404, and the account is still shown as a member/);
  assert.equal(isMember(), true);
});

test('500: the removal is tried again later', async (t) => {
  const { remove, workspace, flashback, isMember } = await readyToRemove(t);
  flashback.fail(DELETE, spoken(500, 'Failed to remove user from workspace'));
  messageIn(await remove(workspace), 'retry-later');
  assert.equal(isMember(), true);
  doneAs(await remove(workspace, { repeated: true }), 'verified');
});

for (const trouble of ['hang', 'reset', { status: 500, text: '<html>oops</html>' }, { status: 404, text: 'Cannot DELETE' }] as const) {
  test(`an answer that is lost after the effect (${JSON.stringify(trouble)}) is found out by reading, and nothing is done twice`, async (t) => {
    const { remove, workspace, flashback } = await readyToRemove(t);
    flashback.fail(DELETE, trouble, { afterEffect: true });
    doneAs(await remove(workspace), 'verified');
    assert.equal(flashback.count(DELETE), 1);
  });
}

test('a member whom somebody else took out before is already absent, and nothing is sent', async (t) => {
  const { remove, workspace, flashback, leaver } = await readyToRemove(t);
  flashback.scenario.setMember(workspace.id, leaver.id, null);
  doneAs(await remove(workspace), 'already-absent');
  assert.equal(flashback.count(DELETE), 0);
});

test('a repeated removal that had worked is seen, and not done again', async (t) => {
  const { remove, workspace, flashback } = await readyToRemove(t);
  await remove(workspace);
  doneAs(await remove(workspace, { repeated: true }), 'verified');
  assert.equal(flashback.count(DELETE), 1);
});

test('a workspace that is out of sight is no proof that nobody is in it', async (t) => {
  const { remove, workspace, flashback } = await readyToRemove(t);
  flashback.fail(READ, spoken(404, 'Workspace not found or access denied'));
  assert.match(messageIn(await remove(workspace), 'refused'), /workspace ws-1 is not there, or Leaver's account may not see it/);
  assert.equal(flashback.count(DELETE), 0);
});

test('the last human ADMIN is not taken out before the successor has become one', async (t) => {
  const { run, remove, follow, flashback, leaver, successor, workspace } = await readyToRemove(t);
  flashback.scenario.setMember(workspace.id, leaver.id, 'ADMIN');
  flashback.scenario.setMember(workspace.id, successor.id, 'READ');
  const [ensure] = followUpsIn(await remove(workspace));
  assert.ok(ensure?.action === 'ensure-admin' && ensure.subject === workspace.id);
  assert.equal(flashback.count(DELETE), 0);
  doneAs(await follow(ensure), 'verified');
  doneAs(await remove(workspace), 'verified');
  doneAs(await run('remove-from-organization'), 'verified');
});

test('the last human ADMIN of a workspace in which Leaver can make nobody one stays, and the workspace is named', async (t) => {
  const { remove, flashback, leaver, workspace, successor } = await readyToRemove(t);
  flashback.scenario.setMember(workspace.id, leaver.id, 'ADMIN');
  flashback.scenario.setMember(workspace.id, successor.id, null);
  flashback.scenario.setMember(workspace.id, flashback.callerId, 'WRITE');
  assert.match(
    messageIn(await remove(workspace), 'refused'),
    /last person who is ADMIN of workspace ws-1 \(Research\).*Make .* ADMIN of it, then retry/,
  );
  assert.equal(flashback.count(DELETE), 0);
});

test('Leaver never takes out the account that it works with, whatever became of its token', async (t) => {
  const { run, remove, flashback, workspace, finished, leaver } = await readyToRemove(t);
  finished.splice(0, finished.length, {
    action: 'resolve-account',
    subject: null,
    outcome: 'verified',
    facts: { userId: flashback.callerId },
  });
  for (const result of [await remove(workspace), await run('remove-from-organization'), await run('list-workspaces')]) {
    assert.match(messageIn(result, 'refused'), /is the account that Leaver itself works with, so it was not touched/);
  }
  assert.equal(flashback.count(/^DELETE /), 0);
  assert.ok(workspace.members[leaver.id]);
});
