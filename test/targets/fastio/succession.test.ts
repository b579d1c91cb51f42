import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ActionResult } from '../../../src/targets/target.ts';
import { doneAs, fastioStage, messageIn, type StageOptions } from '../support/fastio-stage.ts';
import { directoryWith, manager, managersManager, SILENT_DIRECTORY } from '../support/superiors.ts';

/** A leaver with one workspace of 10 bytes; Mia is their manager, and Max is Mia's. */
async function withManagers(t: TestContext, options: StageOptions = {}) {
  const stage = await fastioStage(t, options);
  const { scenario } = stage.fastio;
  const mia = scenario.addUser({ id: 'mia', email: 'Mia@example.com' });
  const max = scenario.addUser({ id: 'max', email: 'max@example.com' });
  const workspace = scenario.addWorkspace({ ownerId: stage.leaver.id, name: 'Designs', storageBytes: 10 });
  await stage.after('resolve-account', 'suspend');
  const superiors = [manager('mia@example.com'), managersManager('max@example.com')];
  const ownerNow = () => stage.fastio.workspaces.get(workspace.id)?.ownerId;
  return { ...stage, mia, max, workspace, superiors, ownerNow };
}

function successorIn(result: ActionResult): { accountId: string; email: string | null; source: string; reasons: string[] } {
  return doneAs(result, 'verified')['successor'] as ReturnType<typeof successorIn>;
}

test('the manager succeeds, whatever the case of their address here', async (t) => {
  const { run, superiors } = await withManagers(t);
  const { accountId, email, source, reasons } = successorIn(await run('list-workspaces', directoryWith(superiors)));
  assert.deepEqual([accountId, email, source, reasons], ['mia', 'Mia@example.com', 'manager', []]);
});

test('a manager who is known here by another of their addresses is found by it', async (t) => {
  const { run } = await withManagers(t);
  const superiors = [manager('mia.new@example.com', { emails: ['mia.new@example.com', 'mia@example.com'] })];
  assert.equal(successorIn(await run('list-workspaces', directoryWith(superiors))).accountId, 'mia');
});

type Row = readonly [why: string, spoil: (stage: Awaited<ReturnType<typeof withManagers>>) => void, reason: string, leaving?: string[]];

const PASSED_OVER: readonly Row[] = [
  ['is suspended here', ({ fastio }) => fastio.scenario.changeUser('mia', { status: 'suspended' }), 'the manager mia is not active'],
  [
    'has not accepted the invitation',
    ({ fastio }) => fastio.scenario.changeUser('mia', { status: 'invited' }),
    'the manager mia is not active',
  ],
  ['was deactivated here', ({ fastio }) => fastio.scenario.changeUser('mia', { status: 'deactivated' }), 'the manager mia is not active'],
  ['has no account here', ({ fastio }) => fastio.scenario.removeUser('mia'), 'the manager mia of okta-main has no account here'],
  [
    'has two accounts here',
    ({ fastio }) => void fastio.scenario.addUser({ email: 'mia@example.com' }),
    'the manager mia of okta-main has more than one account here',
  ],
  ['is leaving too', () => undefined, 'the manager mia is leaving too', ['mia@example.com']],
];

for (const [why, spoil, reason, leaving = []] of PASSED_OVER) {
  test(`a manager who ${why} is passed over for theirs, and the reason is kept`, async (t) => {
    const stage = await withManagers(t);
    spoil(stage);
    const { accountId, source, reasons } = successorIn(await stage.run('list-workspaces', directoryWith(stage.superiors, { leaving })));
    assert.deepEqual([accountId, source, reasons], ['max', "manager's manager", [reason]]);
  });
}

test('whom the identity provider says to be gone succeeds nobody', async (t) => {
  const { run, successor } = await withManagers(t);
  const superiors = [manager('mia@example.com', { isActive: false }), managersManager('max@example.com', { isActive: false })];
  const { accountId, reasons } = successorIn(await run('list-workspaces', directoryWith(superiors)));
  assert.equal(accountId, successor.id);
  assert.deepEqual(reasons, ['the manager mia is not active at okta-main', "the manager's manager max is not active at okta-main"]);
});

test('somebody whose manager is their own goes to the fallback, and no reason names an address', async (t) => {
  const { run, leaver, successor } = await withManagers(t);
  const own = 'lee.aver@example.com';
  const found = successorIn(await run('list-workspaces', directoryWith([manager(own), managersManager(own)], { notes: ['a note'] })));
  assert.deepEqual([found.accountId, found.source], [successor.id, 'fallback']);
  assert.deepEqual(found.reasons, ['a note', `the manager ${leaver.id} is the leaver`]);
  assert.doesNotMatch(found.reasons.join(), /@/);
});

test('a fallback who is leaving too, though nothing is known of it here yet, is refused', async (t) => {
  const { run } = await withManagers(t);
  const result = await run('list-workspaces', directoryWith([], { leaving: ['sue@example.com'] }));
  assert.match(messageIn(result, 'refused'), /the fallback \d+ is leaving too/);
});

test('while the directory is silent nothing goes to the fallback: it is asked again, and the target is not called down for it', async (t) => {
  const { run, transfer, workspace, ownerNow, leaver } = await withManagers(t);
  const listed = await run('list-workspaces', SILENT_DIRECTORY);
  assert.match(messageIn(listed, 'retry-later'), /who should take over is not known yet \(okta-main could not say/);
  assert.deepEqual(listed.kind === 'retry-later' && [listed.afterMs, listed.targetDown], [7_000, undefined]);
  messageIn(await transfer(workspace.id, SILENT_DIRECTORY), 'retry-later');
  assert.equal(ownerNow(), leaver.id);
});

test('a manager who lost their account between inventory and transfer is passed over then, which the transfer records', async (t) => {
  const { run, transfer, fastio, workspace, superiors, ownerNow } = await withManagers(t);
  await run('list-workspaces', directoryWith(superiors));
  fastio.scenario.changeUser('mia', { status: 'suspended' });
  const chosen = successorIn(await transfer(workspace.id, directoryWith(superiors)));
  assert.deepEqual([chosen.accountId, chosen.reasons, ownerNow()], ['max', ['the manager mia is not active'], 'max']);
});

test('a manager whose storage is full is passed over when the transfer says so, and a lost answer is found with whoever got it', async (t) => {
  const { run, transfer, fastio, workspace, superiors, ownerNow, calls } = await withManagers(t);
  fastio.scenario.changeUser('mia', { storageQuotaBytes: 5 });
  const listed = await run('list-workspaces', directoryWith(superiors));
  assert.equal(successorIn(listed).accountId, 'mia');
  const [followUp] = listed.kind === 'done' ? (listed.followUps ?? []) : [];
  const facts = followUp?.facts ?? {};
  const chosen = successorIn(await transfer(workspace.id, { ...directoryWith(superiors), facts }));
  assert.deepEqual([chosen.accountId, chosen.reasons, ownerNow()], ['max', ['the manager mia has no storage left for it'], 'max']);
  const again = doneAs(await transfer(workspace.id, { ...directoryWith([]), facts, repeated: true }), 'verified');
  assert.deepEqual([again['seenWith'], calls('transfer')], ['max', 2]);
});

test('where nobody has room, each of them is named', async (t) => {
  const { transfer, fastio, workspace, superiors, ownerNow, leaver, successor } = await withManagers(t);
  for (const id of ['mia', 'max', successor.id]) fastio.scenario.changeUser(id, { storageQuotaBytes: 5 });
  const message = messageIn(await transfer(workspace.id, directoryWith(superiors)), 'refused');
  assert.match(message, /manager mia has no storage left.*manager's manager max has no storage left.*fallback \d+ has no storage left/);
  assert.equal(ownerNow(), leaver.id);
});

test('where the operator has said how much an account may own, all that comes is weighed before anything moves', async (t) => {
  const { run, fastio, superiors, leaver } = await withManagers(t, { storageQuotaBytes: 100 });
  fastio.scenario.addWorkspace({ ownerId: leaver.id, storageBytes: 30 });
  fastio.scenario.addWorkspace({ ownerId: 'mia', storageBytes: 61 });
  fastio.scenario.addWorkspace({ ownerId: 'max', storageBytes: 60 });
  const { accountId, reasons } = successorIn(await run('list-workspaces', directoryWith(superiors)));
  assert.deepEqual([accountId, reasons], ['max', ['the manager mia has no storage left for it']]);
});

test('a workspace found with somebody whom nobody had thought of at the inventory is not given away twice', async (t) => {
  const { transfer, fastio, workspace, superiors, calls } = await withManagers(t);
  fastio.scenario.passWorkspaceOn(workspace.id, 'max');
  const facts = doneAs(await transfer(workspace.id, { ...directoryWith(superiors), repeated: true }), 'verified');
  assert.deepEqual([facts['seenWith'], calls('transfer')], ['max', 0]);
});
