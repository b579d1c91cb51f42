import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
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

test('the actions stand in the order in which a plan lists them, and containment alone is nothing but the search', async (t) => {
  const { target } = await flashbackStage(t);
  const actionsOf = (playbook: 'offboard' | 'contain') =>
    target.actions.filter(({ playbooks }) => playbooks.includes(playbook)).map(({ action, phase }) => `${phase}: ${action}`);
  assert.deepEqual(actionsOf('offboard'), [
    'resolve: resolve-account',
    'inventory: list-workspaces',
    'transfer: ensure-admin',
    'remove: remove-from-workspace',
    'remove: remove-from-organization',
    'verify: verify-removal',
  ]);
  assert.deepEqual(actionsOf('contain'), ['resolve: resolve-account']);
});

test('whether it can be reached is found out by one read', async (t) => {
  const { target, flashback } = await flashbackStage(t);
  const signal = AbortSignal.timeout(5_000);
  assert.equal((await target.probe(signal)).reachable, true);
  flashback.fail(/./, { status: 502, text: '<html>bad gateway</html>' });
  const { reachable, detail } = await target.probe(signal);
  assert.equal(reachable, false);
  assert.match(detail, /^flashback: GET \/user\/profile answered 502/);
  assert.equal(flashback.count(/./), 2);
});

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
