import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ActionResult } from '../../../src/targets/target.ts';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage } from '../support/flashback-stage.ts';
import { directoryWith, manager, managersManager, SILENT_DIRECTORY } from '../support/superiors.ts';

/** A leaver who is the last ADMIN of a workspace; Mia is their manager, and Max is Mia's. */
async function withManagers(t: TestContext) {
  const stage = await flashbackStage(t);
  const { scenario } = stage.flashback;
  scenario.addPerson({ id: 'mia', email: 'Mia@example.com' });
  scenario.addPerson({ id: 'max', email: 'max@example.com' });
  scenario.addWorkspace({ id: 'ws-1', name: 'Research', members: { [stage.leaver.id]: 'ADMIN' } });
  await stage.run('resolve-account');
  return { ...stage, superiors: [manager('mia@example.com'), managersManager('max@example.com')] };
}

function successorIn(result: ActionResult): { accountId: string; source: string; reasons: string[] } {
  return doneAs(result, 'verified')['successor'] as ReturnType<typeof successorIn>;
}

test('the manager becomes ADMIN where the leaver was the last one', async (t) => {
  const { run, follow, flashback, superiors } = await withManagers(t);
  const directory = directoryWith(superiors);
  const listed = await run('list-workspaces', directory);
  assert.deepEqual([successorIn(listed).accountId, successorIn(listed).source], ['mia', 'manager']);
  const ensure = listed.kind === 'done' ? listed.followUps?.find(({ action }) => action === 'ensure-admin') : undefined;
  assert.equal(doneAs(await follow(ensure ?? assert.fail(), directory), 'verified')['successorId'], 'mia');
  assert.equal(flashback.workspaces['ws-1']?.members['mia'], 'ADMIN');
});

type Row = readonly [
  why: string,
  change: { readonly deletedAt?: string; readonly validated?: boolean; readonly email?: string },
  reason: string,
];

const PASSED_OVER: readonly Row[] = [
  ['was deleted', { deletedAt: '2026-01-01T00:00:00Z' }, 'the manager mia of okta-main has no account here'],
  ['has not accepted the invitation', { validated: false }, 'the manager mia is not active'],
  ['has another address here', { email: 'm@example.com' }, 'the manager mia of okta-main has no account here'],
];

for (const [why, change, reason] of PASSED_OVER) {
  test(`a manager who ${why} is passed over for theirs, and the reason is kept`, async (t) => {
    const { run, flashback, superiors } = await withManagers(t);
    flashback.scenario.changePerson('mia', change);
    const { accountId, source, reasons } = successorIn(await run('list-workspaces', directoryWith(superiors)));
    assert.deepEqual([accountId, source, reasons], ['max', "manager's manager", [reason]]);
  });
}

test("the account that Leaver works with is nobody's successor, whoever their manager is", async (t) => {
  const { run, successor } = await withManagers(t);
  const { accountId, reasons } = successorIn(await run('list-workspaces', directoryWith([manager('leaver-service@example.com')])));
  assert.equal(accountId, successor.id);
  assert.match(reasons.join(), /is the account that Leaver itself works with/);
});

test('while the directory is silent nobody is made ADMIN, and nobody is taken out of the workspace', async (t) => {
  const { run, flashback, leaver } = await withManagers(t);
  assert.match(messageIn(await run('list-workspaces', SILENT_DIRECTORY), 'retry-later'), /okta-main could not say who the manager is/);
  assert.deepEqual([flashback.effects.length, flashback.membershipsOf(leaver.id)], [0, ['ws-1']]);
});

test('where somebody else is ADMIN, the directory is not asked at all', async (t) => {
  const { run, flashback, successor } = await withManagers(t);
  flashback.scenario.setMember('ws-1', successor.id, 'ADMIN');
  assert.equal(doneAs(await run('list-workspaces', SILENT_DIRECTORY), 'verified')['successor'], undefined);
});

test('two OWNERs who leave at the same time do not both go', async (t) => {
  const { run, flashback, leaver, successor } = await withManagers(t);
  flashback.scenario.changePerson(leaver.id, { orgRole: 255 });
  flashback.scenario.changePerson(successor.id, { orgRole: 255 });
  const leavingAccounts = new Set([successor.id]);
  assert.match(messageIn(await run('list-workspaces', { leavingAccounts }), 'refused'), /is the last OWNER/);
  assert.match(messageIn(await run('remove-from-organization', { leavingAccounts }), 'refused'), /is the last OWNER/);
});
