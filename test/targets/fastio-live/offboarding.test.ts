import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveStage } from '../support/live-stage.ts';

test('a person who owns a workspace and a share and is in another is cut down, handed over, and out of everything', async (t) => {
  const { live, leave, leaver, successor } = await liveStage(t);
  const { scenario } = live;
  const own = scenario.addWorkspace({ name: 'Research', members: { [leaver.id]: 'owner' } });
  const other = scenario.addWorkspace({ name: 'Sales', members: { [leaver.id]: 'admin', [successor.id]: 'owner' } });
  const share = scenario.addShare({ name: 'Pitch', in: own.id, members: { [leaver.id]: 'owner', [successor.id]: 'view' } });
  scenario.invite(other.id, 'lee.aver@example.com', 'admin');
  assert.deepEqual(await leave(), [
    'resolve-account verified',
    `restrict-membership org/${live.orgId} verified`,
    `restrict-membership workspace/${other.id} verified`,
    'list-workspaces verified',
    `cancel-invitations workspace/${other.id} verified`,
    `transfer-ownership workspace/${own.id} verified`,
    `transfer-ownership share/${share.id} verified`,
    `remove-membership workspace/${own.id} verified`,
    `remove-membership workspace/${other.id} verified`,
    `remove-membership share/${share.id} verified`,
    'remove-from-organization verified',
    'verify-removal verified',
    'verify-audit verified',
    'notify-successor not-offered',
  ]);
  assert.deepEqual(live.membershipsOf(leaver.id), []);
  assert.deepEqual(
    live.membershipsOf(successor.id).filter((line) => line.endsWith('owner')),
    [`workspace/${own.id}: owner`, `workspace/${other.id}: owner`, `share/${share.id}: owner`],
  );
});

test('somebody who was only invited is uninvited, and nothing else is done', async (t) => {
  const { live, leave } = await liveStage(t);
  live.scenario.invite(live.orgId, 'new.comer@example.com');
  const person = { email: 'new.comer@example.com', name: null };
  const other = live.scenario.invite(live.orgId, 'somebody.else@example.com');
  const workspace = live.scenario.addWorkspace();
  live.scenario.invite(workspace.id, 'somebody.else@example.com');
  assert.deepEqual(await leave({ person }), [
    'resolve-account verified',
    'list-workspaces verified',
    `cancel-invitations org/${live.orgId} verified`,
    'remove-from-organization already-absent',
    'verify-removal verified',
    'verify-audit not-needed',
    'notify-successor not-needed',
  ]);
  assert.deepEqual(
    live.effects.map(({ kind }) => kind),
    ['invitation.cancelled'],
  );
  assert.deepEqual(live.profiles[live.orgId]?.invitations, [other]);
});

test('the whole way out over what was done changes nothing', async (t) => {
  const { live, leave, leaver, finished } = await liveStage(t);
  live.scenario.addWorkspace({ members: { [leaver.id]: 'owner' } });
  await leave();
  const { length } = live.effects;
  const [resolved] = finished;
  finished.splice(0);
  assert.deepEqual((await leave())[0], 'resolve-account account-absent');
  assert.ok(resolved);
  finished.splice(0, finished.length, resolved);
  await leave();
  assert.equal(live.effects.length, length);
});
