import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LiveSandbox } from '../../../src/sandbox/fastio-live/fastio-live.ts';
import type { ActionResult } from '../../../src/targets/target.ts';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { type LiveStageOptions, liveStage } from '../support/live-stage.ts';
import { directoryWith, manager, managersManager, SILENT_DIRECTORY } from '../support/superiors.ts';

const TRANSFER = /^POST .*\/transfer_ownership\/$/;

/** A leaver who owns a workspace; Mia is their manager, and Max is Mia's. */
async function withManagers(t: TestContext, options: LiveStageOptions = {}) {
  const stage = await liveStage(t, options);
  const { scenario } = stage.live;
  scenario.addUser({ id: 'mia', email: 'Mia@example.com' });
  scenario.addUser({ id: 'max', email: 'max@example.com' });
  const { id } = scenario.addWorkspace({ id: 'ws-1', name: 'Research', members: { [stage.leaver.id]: 'owner' } });
  await stage.run('resolve-account');
  return { ...stage, workspaceId: id, superiors: [manager('mia@example.com'), managersManager('max@example.com')] };
}

function successorIn(result: ActionResult): { accountId: string; source: string; reasons: string[] } {
  return doneAs(result, 'verified')['successor'] as ReturnType<typeof successorIn>;
}

test('the manager takes over what the leaver owns, and gives it back when the case is taken back', async (t) => {
  const { run, at, live, leaver, superiors } = await withManagers(t);
  const directory = directoryWith(superiors);
  assert.deepEqual(successorIn(await run('list-workspaces', directory)), {
    accountId: 'mia',
    email: 'Mia@example.com',
    source: 'manager',
    status: 'active',
    reasons: [],
  });
  const facts = doneAs(await at('transfer-ownership', 'workspace/ws-1', directory), 'verified');
  assert.deepEqual(facts, { name: 'Research', ownerBefore: leaver.id, seenWith: 'mia' });
  doneAs(await at('return-ownership', 'workspace/ws-1'), 'verified');
  assert.equal(live.profiles['ws-1']?.members[leaver.id]?.role, 'owner');
});

type Row = readonly [why: string, change: (live: LiveSandbox) => void, reason: string];

const PASSED_OVER: readonly Row[] = [
  [
    'is not in the organization',
    ({ scenario, orgId }) => scenario.setMember(orgId, 'mia', null),
    'the manager mia of okta-main has no account here',
  ],
  [
    'has not accepted the invitation',
    ({ scenario, orgId }) => {
      scenario.setMember(orgId, 'mia', null);
      scenario.invite(orgId, 'mia@example.com');
    },
    'the manager mia is not active',
  ],
  [
    'has another address here',
    ({ scenario }) => scenario.changeUser('mia', { email: 'm@example.com' }),
    'the manager mia of okta-main has no account here',
  ],
  [
    'has two accounts here',
    ({ scenario }) => void scenario.addUser({ email: 'mia@example.com' }),
    'the manager mia of okta-main has more than one account here',
  ],
];

for (const [why, change, reason] of PASSED_OVER) {
  test(`a manager who ${why} is passed over for theirs, and the reason is kept`, async (t) => {
    const { run, live, superiors } = await withManagers(t);
    change(live);
    const { accountId, source, reasons } = successorIn(await run('list-workspaces', directoryWith(superiors)));
    assert.deepEqual([accountId, source, reasons], ['max', "manager's manager", [reason]]);
  });
}

test('a manager who is leaving too is passed over, and with nobody above them the fallback takes over', async (t) => {
  const { run, successor } = await withManagers(t);
  const directory = directoryWith([manager('mia@example.com')], { leaving: ['mia@example.com'], notes: ['okta-main names no more'] });
  const { accountId, source, reasons } = successorIn(await run('list-workspaces', directory));
  assert.deepEqual([accountId, source], [successor.id, 'fallback']);
  assert.deepEqual(reasons, ['okta-main names no more', 'the manager mia is leaving too']);
});

test('while the directory is silent nothing is listed for a hand-over, and nothing is handed over', async (t) => {
  const { run, at, live } = await withManagers(t);
  for (const result of [
    await run('list-workspaces', SILENT_DIRECTORY),
    await at('transfer-ownership', 'workspace/ws-1', SILENT_DIRECTORY),
  ]) {
    assert.match(messageIn(result, 'retry-later'), /okta-main could not say who the manager is/);
  }
  assert.equal(live.count(TRANSFER), 0);
});

test('where nothing is owned, the directory is not asked at all', async (t) => {
  const { run, live, leaver } = await withManagers(t);
  live.scenario.setMember('ws-1', leaver.id, 'admin');
  assert.equal(doneAs(await run('list-workspaces', SILENT_DIRECTORY), 'verified')['successor'], undefined);
});

test('who was chosen when it was handed over is kept, where it is somebody else than was planned', async (t) => {
  const { run, at, live, superiors } = await withManagers(t);
  await run('list-workspaces', directoryWith(superiors));
  live.scenario.setMember(live.orgId, 'mia', null);
  const { accountId } = successorIn(await at('transfer-ownership', 'workspace/ws-1', directoryWith(superiors)));
  assert.deepEqual([accountId, live.profiles['ws-1']?.members['max']?.role], ['max', 'owner']);
});

/** The hand-over has happened, and Leaver stopped before it was written down. */
async function begunTransfer(stage: Awaited<ReturnType<typeof withManagers>>, planned: ActionContextPart, then: ActionContextPart) {
  await stage.run('list-workspaces', planned);
  doneAs(await stage.at('transfer-ownership', 'workspace/ws-1', then), 'verified');
  stage.finished.pop();
}

type ActionContextPart = ReturnType<typeof directoryWith>;

test('a hand-over that was not written down is found out, also where it went to somebody who was named since', async (t) => {
  const stage = await withManagers(t);
  const directory = directoryWith(stage.superiors);
  await begunTransfer(stage, directoryWith([]), directory);
  const again = await stage.at('transfer-ownership', 'workspace/ws-1', { repeated: true, ...directory });
  assert.equal(doneAs(again, 'verified')['seenWith'], 'mia');
  assert.equal(stage.live.count(TRANSFER), 1);
});

test('a hand-over to the manager that was not written down is given back', async (t) => {
  const stage = await withManagers(t);
  const directory = directoryWith(stage.superiors);
  await begunTransfer(stage, directory, directory);
  doneAs(await stage.at('return-ownership', 'workspace/ws-1'), 'verified');
  assert.equal(stage.live.profiles['ws-1']?.members[stage.leaver.id]?.role, 'owner');
});
