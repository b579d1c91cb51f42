import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage, followUpsIn } from '../support/flashback-stage.ts';

test('every workspace that the leaver is in gets a removal, and says whether Leaver is ADMIN there', async (t) => {
  const { run, flashback, leaver, successor } = await flashbackStage(t);
  const { scenario, callerId } = flashback;
  scenario.addWorkspace({ id: 'ours', name: 'Ours', members: { [leaver.id]: 'READ', [successor.id]: 'ADMIN' } });
  scenario.addWorkspace({ id: 'theirs', name: 'Theirs', members: { [callerId]: 'READ', [leaver.id]: 'ADMIN' } });
  scenario.addWorkspace({ id: 'foreign', members: { [successor.id]: 'ADMIN' } });
  await run('resolve-account');
  const listed = await run('list-workspaces');
  assert.deepEqual(doneAs(listed, 'verified')['workspaces'], [
    { id: 'ours', name: 'Ours', role: 'READ', administered: true },
    { id: 'theirs', name: 'Theirs', role: 'ADMIN', administered: false },
  ]);
  assert.deepEqual(
    followUpsIn(listed).map(({ action, subject }) => `${action} ${subject}`),
    ['remove-from-workspace ours', 'remove-from-workspace theirs'],
  );
});

for (const [who, change] of [
  ['deleted', { deletedAt: '2026-01-01T00:00:00.000Z' }],
  ['leaving too', {}],
] as const) {
  test(`another ADMIN who is ${who} looks after nothing, so the successor is made ADMIN`, async (t) => {
    const { run, flashback, leaver, successor } = await flashbackStage(t);
    const other = flashback.scenario.addPerson({ email: 'other@example.com', ...change });
    flashback.scenario.addWorkspace({ id: 'ws-1', members: { [leaver.id]: 'ADMIN', [other.id]: 'ADMIN', [successor.id]: 'READ' } });
    await run('resolve-account');
    const listed = await run('list-workspaces', { leavingAccounts: new Set(who === 'deleted' ? [] : [other.id]) });
    const [ensure] = followUpsIn(listed);
    assert.deepEqual([ensure?.action, ensure?.facts?.['roleBefore']], ['ensure-admin', 'READ']);
    assert.deepEqual(doneAs(listed, 'verified')['successor'], {
      accountId: successor.id,
      email: 'sue@example.com',
      source: 'fallback',
      status: 'active',
      reasons: [],
    });
  });
}

test('a successor who is leaving too, or is the account of Leaver itself, is nobody to look after a workspace', async (t) => {
  const { run, flashback, leaver, successor } = await flashbackStage(t);
  flashback.scenario.addWorkspace({ members: { [leaver.id]: 'ADMIN' } });
  await run('resolve-account');
  const message = messageIn(await run('list-workspaces', { leavingAccounts: new Set([successor.id]) }), 'refused');
  assert.match(message, /is leaving too\. Put an active account that stays into targets\[flashback\]\.fallbackOwnerId/);
  flashback.scenario.changePerson(successor.id, { deletedAt: '2026-01-01T00:00:00.000Z' });
  assert.match(messageIn(await run('list-workspaces'), 'refused'), /is not active/);
});

test('the account of Leaver itself succeeds nobody', async (t) => {
  const { run, flashback, leaver } = await flashbackStage(t, { caller: { id: 'service' }, fallbackOwnerId: 'service' });
  flashback.scenario.addWorkspace({ members: { [leaver.id]: 'ADMIN' } });
  await run('resolve-account');
  assert.match(
    messageIn(await run('list-workspaces'), 'refused'),
    /nobody can succeed .*: the fallback service is the account that Leaver itself works with.*fallbackOwnerId/,
  );
});

test('the last OWNER of the organization is taken out of nothing, and the way out is told', async (t) => {
  const { run, flashback, leaver, successor } = await flashbackStage(t);
  flashback.scenario.changePerson(leaver.id, { orgRole: 255 });
  flashback.scenario.changePerson(successor.id, { orgRole: 255, deletedAt: '2026-01-01T00:00:00.000Z' });
  await run('resolve-account');
  assert.match(messageIn(await run('list-workspaces'), 'refused'), /is the last OWNER.*Make somebody who stays an OWNER there, then retry/);
  flashback.scenario.changePerson(successor.id, { deletedAt: null });
  doneAs(await run('list-workspaces'), 'verified');
});

test('what the leaver may have left in use is listed by name, and its secrets are not', async (t) => {
  const { run, flashback, leaver, successor, lines } = await flashbackStage(t);
  flashback.scenario.addWorkspace({ id: 'ws-1', members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  const key = (id: string) => ({ id, name: id, key: `SECRET-${id}` });
  flashback.scenario.leaveBehind({
    repositories: [
      { id: 'repo-1', name: 'One', workspaceId: 'ws-1', apiKeys: [key('k-1')], aiApiKeys: [key('ai-1')] },
      { id: 'repo-2', name: 'Two', workspaceId: 'ws-2', apiKeys: [key('k-2')], aiApiKeys: [] },
    ],
    tasks: [
      { id: 'task-1', name: 'Nightly', user_id: leaver.id, active: true },
      { id: 'task-2', name: 'Hourly', user_id: successor.id, active: true },
    ],
    links: Array.from({ length: 120 }, (_, n) => ({
      id: `link-${n}`,
      email: 'new@example.com',
      createdBy: n === 110 ? leaver.id : successor.id,
      activationLink: `https://SECRET.example.com/${n}`,
    })),
  });
  await run('resolve-account');
  assert.deepEqual(doneAs(await run('list-workspaces'), 'verified')['residual'], {
    repositories: [{ workspaceId: 'ws-1', repositoryId: 'repo-1', apiKeys: ['k-1'], aiApiKeys: ['ai-1'] }],
    scheduledTasks: ['task-1'],
    pendingLinks: ['link-110'],
    unread: [],
  });
  assert.ok(!lines.join('').includes('SECRET'));
  assert.equal(flashback.count(/^(?!GET )/), 0);
});

test('what cannot be read of it is said to be unread, and holds nobody up', async (t) => {
  const { run, flashback, leaver, successor } = await flashbackStage(t);
  for (const id of ['ws-1', 'ws-2']) {
    flashback.scenario.addWorkspace({ id, members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  }
  flashback.fail(/^GET \/repo$/, 'reset');
  flashback.fail(/^GET \/links$/, { status: 403, body: { success: false } });
  flashback.fail(/scheduled-tasks$/, { status: 404, text: '<html>no such page</html>' });
  await run('resolve-account');
  const { unread } = doneAs(await run('list-workspaces'), 'verified')['residual'] as { unread: string[] };
  assert.deepEqual(unread, [
    'the repositories of workspace ws-1 could not be read (lost): look there by hand',
    'the repositories of workspace ws-2 could not be read (lost): look there by hand',
    'the scheduled tasks could not be read (404): look there by hand',
    'the pending links could not be read (403): look there by hand',
  ]);
});
