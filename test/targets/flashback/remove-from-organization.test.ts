import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { type FlashbackStageOptions, flashbackStage, followUpsIn } from '../support/flashback-stage.ts';

const DELETE = /^DELETE \/organization\/users\//;
const spoken = (status: number, message: string) => ({ status, body: { success: false, message } });

async function outOfWorkspaces(t: TestContext, options: FlashbackStageOptions = {}) {
  const stage = await flashbackStage(t, options);
  await stage.run('resolve-account');
  await stage.run('list-workspaces');
  return { ...stage, isDeleted: () => stage.flashback.people[stage.leaver.id]?.deletedAt !== null };
}

for (const listsDeleted of [true, false]) {
  test(`an account is deleted, and seen to be ${listsDeleted ? 'shown as deleted' : 'absent'}`, async (t) => {
    const { run, leaver, isDeleted } = await outOfWorkspaces(t, { listsDeleted });
    assert.deepEqual(doneAs(await run('remove-from-organization'), 'verified'), { userId: leaver.id });
    assert.equal(isDeleted(), true);
  });
}

test('an account that came into a workspace in the meantime is taken out of it first', async (t) => {
  const { run, flashback, leaver, successor } = await outOfWorkspaces(t);
  const { id } = flashback.scenario.addWorkspace({ name: 'New', members: { [leaver.id]: 'READ', [successor.id]: 'ADMIN' } });
  const result = await run('remove-from-organization');
  assert.ok(result.kind === 'more-first');
  assert.deepEqual(followUpsIn(result), [{ action: 'remove-from-workspace', subject: id, facts: { name: 'New', role: 'READ' } }]);
  assert.equal(flashback.count(DELETE), 0);
});

test('an account that has become the last OWNER in the meantime stays', async (t) => {
  const { run, flashback, leaver } = await outOfWorkspaces(t);
  flashback.scenario.changePerson(leaver.id, { orgRole: 255 });
  assert.match(messageIn(await run('remove-from-organization'), 'refused'), /is the last OWNER/);
  assert.equal(flashback.count(DELETE), 0);
});

for (const [status, text] of [
  [400, 'Cannot delete yourself'],
  [403, 'Insufficient permissions to delete users'],
] as const) {
  test(`${status}: a deletion that Flashback refuses is a matter for a person, who learns that the workspaces are done`, async (t) => {
    const { run, flashback, isDeleted } = await outOfWorkspaces(t);
    flashback.fail(DELETE, spoken(status, text));
    const message = messageIn(await run('remove-from-organization'), 'refused');
    assert.match(message, new RegExp(`is out of the workspaces, and Flashback refused to delete the account \\(${status}\\)`));
    assert.equal(isDeleted(), false);
  });
}

test('404: an account that somebody else deleted is already absent, and one that is still shown is not', async (t) => {
  const { run, flashback } = await outOfWorkspaces(t);
  flashback.fail(DELETE, spoken(404, 'User not found'));
  assert.match(messageIn(await run('remove-from-organization'), 'retry-later'), /answered with 404, and the account is still there/);
  flashback.fail(DELETE, spoken(404, 'User not found'), { afterEffect: true });
  doneAs(await run('remove-from-organization'), 'already-absent');
});

test('an answer that is lost after the effect is found out by reading', async (t) => {
  const { run, flashback } = await outOfWorkspaces(t);
  flashback.fail(DELETE, 'reset', { afterEffect: true });
  doneAs(await run('remove-from-organization'), 'verified');
  doneAs(await run('remove-from-organization', { repeated: true }), 'verified');
  assert.equal(flashback.count(DELETE), 1);
});

test('the last look finds a membership that appeared late, and an account that came back', async (t) => {
  const { run, flashback, leaver, successor } = await outOfWorkspaces(t);
  await run('remove-from-organization');
  const { id } = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'READ', [successor.id]: 'ADMIN' } });
  assert.deepEqual(
    followUpsIn(await run('verify-removal')).map(({ subject }) => subject),
    [id],
  );
  flashback.scenario.setMember(id, leaver.id, null);
  flashback.scenario.changePerson(leaver.id, { deletedAt: null });
  assert.match(messageIn(await run('verify-removal'), 'retry-later'), /was deleted, and is shown as there again/);
});
