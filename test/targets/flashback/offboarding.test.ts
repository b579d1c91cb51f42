import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs } from '../support/fastio-stage.ts';
import { flashbackStage, followUpsIn } from '../support/flashback-stage.ts';

test('a leaver is found, listed, succeeded where they are the last ADMIN, taken out of everything, and seen to be gone', async (t) => {
  const { flashback, leaver, successor, run, follow } = await flashbackStage(t);
  const { scenario } = flashback;
  const alone = scenario.addWorkspace({ id: 'ws-alone', name: 'Alone', members: { [leaver.id]: 'ADMIN' } });
  scenario.addWorkspace({ id: 'ws-shared', name: 'Shared', members: { [leaver.id]: 'ADMIN', [successor.id]: 'ADMIN' } });
  scenario.addWorkspace({ id: 'ws-other', name: 'Other', members: { [successor.id]: 'WRITE' } });

  doneAs(await run('resolve-account'), 'verified');
  const listed = await run('list-workspaces');
  assert.deepEqual(
    followUpsIn(listed).map(({ action, subject }) => [action, subject]),
    [
      ['ensure-admin', 'ws-alone'],
      ['remove-from-workspace', 'ws-alone'],
      ['remove-from-workspace', 'ws-shared'],
    ],
  );
  for (const followUp of followUpsIn(listed)) doneAs(await follow(followUp), 'verified');
  doneAs(await run('remove-from-organization'), 'verified');
  assert.equal(doneAs(await run('verify-removal'), 'verified')['account'], 'gone');

  assert.deepEqual(flashback.membershipsOf(leaver.id), []);
  assert.equal(alone.members[successor.id], 'ADMIN');
  assert.deepEqual(
    flashback.effects.map(({ kind, workspaceId }) => [kind, workspaceId ?? null]),
    [
      ['member.added', 'ws-alone'],
      ['member.removed', 'ws-alone'],
      ['member.removed', 'ws-shared'],
      ['person.deleted', null],
    ],
  );
});

test('a second run over what was done changes nothing', async (t) => {
  const { flashback, leaver, run, follow } = await flashbackStage(t);
  flashback.scenario.addWorkspace({ members: { [leaver.id]: 'ADMIN' } });
  await run('resolve-account');
  const followUps = followUpsIn(await run('list-workspaces'));
  for (const followUp of followUps) await follow(followUp);
  await run('remove-from-organization');
  const { length } = flashback.effects;
  for (const followUp of followUps) doneAs(await follow(followUp), 'already-absent');
  doneAs(await run('remove-from-organization'), 'already-absent');
  doneAs(await run('verify-removal'), 'verified');
  assert.equal(flashback.effects.length, length);
});

test('without the removal from the organization the account stays, and the evidence says so', async (t) => {
  const { flashback, run, leaver } = await flashbackStage(t, { removeFromOrganization: false });
  await run('resolve-account');
  await run('list-workspaces');
  assert.equal((await run('remove-from-organization')).kind, 'not-needed');
  const facts = doneAs(await run('verify-removal'), 'verified');
  assert.match(JSON.stringify(facts['residual']), /The account itself stays in the organization/);
  assert.equal(flashback.people[leaver.id]?.deletedAt, null);
});
