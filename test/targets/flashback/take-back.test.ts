import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage } from '../support/flashback-stage.ts';

const BACK = { action: 'restore-membership', subject: 'ws-1', facts: { name: 'Research', role: 'WRITE' } };

test('a membership that a removal took although nobody saw it is given back with its role, once', async (t) => {
  const { run, remove, follow, flashback, leaver, successor } = await flashbackStage(t);
  const workspace = flashback.scenario.addWorkspace({ id: 'ws-1', members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  await run('resolve-account');
  doneAs(await follow(BACK), 'already-absent');
  await remove(workspace);
  doneAs(await follow(BACK), 'verified');
  doneAs(await follow(BACK, { repeated: true }), 'verified');
  assert.equal(workspace.members[leaver.id], 'WRITE');
  assert.equal(flashback.count(/^POST /), 1);
});

test('a person whom the organization no longer has is to be invited first', async (t) => {
  const { run, follow, flashback, leaver, successor } = await flashbackStage(t);
  flashback.scenario.addWorkspace({ id: 'ws-1', members: { [successor.id]: 'ADMIN' } });
  await run('resolve-account');
  flashback.scenario.changePerson(leaver.id, { deletedAt: '2026-01-01T00:00:00.000Z' });
  assert.match(messageIn(await follow(BACK), 'refused'), /is not known \(404\)\. Invite .* into the organization again, then retry/);
});

test('a role that nobody knows is left to a person', async (t) => {
  const { run, follow, flashback, successor } = await flashbackStage(t);
  flashback.scenario.addWorkspace({ id: 'ws-1', members: { [successor.id]: 'ADMIN' } });
  await run('resolve-account');
  const unknown = { ...BACK, facts: { name: 'Research', role: 'CURATOR' } };
  assert.match(messageIn(await follow(unknown), 'refused'), /had a role in workspace ws-1 \(Research\) that Leaver cannot give back/);
});

test('an account that a deletion took although nobody saw it is made active again, once', async (t) => {
  const { run, flashback, leaver } = await flashbackStage(t);
  await run('resolve-account');
  doneAs(await run('restore-account'), 'already-absent');
  await run('remove-from-organization');
  flashback.fail(/\/activate$/, 'reset', { afterEffect: true });
  doneAs(await run('restore-account'), 'verified');
  assert.equal(flashback.people[leaver.id]?.deletedAt, null);
  assert.equal(flashback.count(/\/activate$/), 1);
});
