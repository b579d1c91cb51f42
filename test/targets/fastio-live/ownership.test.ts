import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HandOverNotice, TellSuccessor } from '../../../src/targets/target.ts';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { followUpsIn } from '../support/flashback-stage.ts';
import { type LiveStageOptions, liveStage } from '../support/live-stage.ts';

const ADD = /^POST .*\/members\/[^/]+\/$/;
const TRANSFER = /^POST .*\/transfer_ownership\/$/;
const refusedBy = (status: number, code: number) => ({ status, body: { result: false, error: { code, text: 'No' } } });

/** A leaver who owns a workspace in which nobody else is, but for Leaver's own account. */
async function owner(t: TestContext, options: LiveStageOptions = {}) {
  const stage = await liveStage(t, options);
  const { live, leaver } = stage;
  const workspace = live.scenario.addWorkspace({ name: 'Research', members: { [leaver.id]: 'owner' } });
  await stage.run('resolve-account');
  const step = { subject: `workspace/${workspace.id}`, facts: { name: 'Research' } };
  return {
    ...stage,
    workspace,
    roleOf: (userId: string) => workspace.members[userId]?.role,
    transfer: (repeated = false) => stage.follow({ action: 'transfer-ownership', ...step }, { repeated }),
    giveBack: (repeated = false) => stage.follow({ action: 'return-ownership', ...step }, { repeated }),
  };
}

test('a successor from outside becomes a member first, then the owner, by a POST without a body, and the leaver is left an admin', async (t) => {
  const { transfer, roleOf, leaver, successor, live } = await owner(t);
  const { successor: choice, ...facts } = doneAs(await transfer(), 'verified');
  assert.deepEqual(facts, { name: 'Research', ownerBefore: leaver.id, seenWith: successor.id });
  assert.deepEqual((choice as { accountId: string }).accountId, successor.id);
  assert.deepEqual([roleOf(successor.id), roleOf(leaver.id)], ['owner', 'admin']);
  const [add, hand] = live.calls.filter(({ call }) => call.startsWith('POST '));
  assert.equal(add?.text, 'permissions=admin');
  assert.deepEqual([hand?.text, TRANSFER.test(hand?.call ?? '')], ['', true]);
});

test('a successor who is in already is not added', async (t) => {
  const { transfer, successor, live, workspace } = await owner(t);
  live.scenario.setMember(workspace.id, successor.id, 'guest');
  doneAs(await transfer(), 'verified');
  assert.equal(live.count(ADD), 0);
});

for (const trouble of ['hang', 'reset', { status: 502, text: '<html>bad gateway</html>' }] as const) {
  test(`an answer that is lost after the effect (${JSON.stringify(trouble)}) is found out by reading who is the owner`, async (t) => {
    const { transfer, live } = await owner(t);
    live.fail(ADD, trouble, { afterEffect: true });
    live.fail(TRANSFER, trouble, { afterEffect: true });
    doneAs(await transfer(), 'verified');
    doneAs(await transfer(true), 'verified');
    assert.deepEqual([live.count(ADD), live.count(TRANSFER)], [1, 1]);
  });
}

test('a transfer that did not take effect is tried again later, and not twice at once', async (t) => {
  const { transfer, live, roleOf, leaver } = await owner(t);
  live.fail(TRANSFER, 'reset');
  messageIn(await transfer(), 'retry-later');
  assert.deepEqual([live.count(TRANSFER), roleOf(leaver.id)], [1, 'owner']);
  doneAs(await transfer(true), 'verified');
});

test('a yes that no read confirms is not believed', async (t) => {
  const { transfer, live } = await owner(t);
  live.fail(TRANSFER, { status: 200, body: { result: true } });
  assert.match(
    messageIn(await transfer(), 'retry-later'),
    /workspace .* \(Research\) is promised to .*, and .* is still shown as the owner/,
  );
});

test('where only the owner may hand it over, a person learns who has to do what', async (t) => {
  const { transfer, leaver, successor, roleOf } = await owner(t, { onlyOwnersTransfer: true });
  const message = messageIn(await transfer(), 'refused');
  assert.match(message, /^live: the ownership was not handed to .* in workspace .* \(Research\): Fast\.io refused it \(1680\)\./);
  assert.ok(message.includes(`have ${leaver.id} do so while they can sign in, or ask Fast.io; once it belongs to ${successor.id}, retry`));
  assert.equal(roleOf(leaver.id), 'owner');
});

test('what belongs to somebody else by now is left with them', async (t) => {
  const { transfer, live, workspace, leaver } = await owner(t);
  const { id } = live.scenario.addUser({ email: 'other@example.com' });
  live.scenario.setMember(workspace.id, leaver.id, 'admin');
  live.scenario.setMember(workspace.id, id, 'owner');
  assert.equal(doneAs(await transfer(), 'already-absent')['seenWith'], id);
  assert.equal(live.count(TRANSFER), 0);
});

test('a workspace that shows no owner is given to nobody and not taken for handed over: it is looked at again soon, and handed over then', async (t) => {
  const { transfer, live, workspace, leaver, successor, roleOf } = await owner(t);
  live.scenario.setMember(workspace.id, leaver.id, 'admin');
  const result = await transfer();
  assert.match(messageIn(result, 'retry-later'), /^live: workspace .* \(Research\) shows no owner, so it was not handed over\./);
  assert.ok(result.kind === 'retry-later' && result.error.code === 'target-unclear' && result.afterMs === 5_000);
  assert.equal(live.count(/^(?!GET )/), 0);
  live.scenario.setMember(workspace.id, leaver.id, 'owner');
  doneAs(await transfer(true), 'verified');
  assert.equal(roleOf(successor.id), 'owner');
});

test('a workspace that is gone belongs to nobody', async (t) => {
  const { transfer, live, workspace } = await owner(t);
  live.scenario.deletePlace(workspace.id);
  doneAs(await transfer(), 'already-absent');
});

test('a successor whom nobody knows names the setting to change', async (t) => {
  const { transfer, roleOf, leaver } = await owner(t, { fallbackOwnerId: '404' });
  assert.match(
    messageIn(await transfer(), 'refused'),
    /404, who is to take over .*, is not known there \(1653\)\. Check targets\[live\]\.fallbackOwnerId/,
  );
  assert.equal(roleOf(leaver.id), 'owner');
});

test('a successor who is leaving too, or has not accepted the invitation, takes over nothing', async (t) => {
  const { run, live, leaver, successor } = await owner(t);
  const leaving = await run('list-workspaces', { leavingAccounts: new Set([successor.id]) });
  assert.match(messageIn(leaving, 'refused'), new RegExp(`nobody can take over what ${leaver.id} owns: the fallback .* is leaving too`));
  live.scenario.setMember(live.orgId, successor.id, null);
  live.scenario.invite(live.orgId, successor.email);
  assert.match(
    messageIn(await run('list-workspaces'), 'refused'),
    /is not active\. Put an active account that stays into targets\[live\]\.fallbackOwnerId/,
  );
});

test('the inventory names what is owned and what is not, the choice of the successor, and what was not looked through', async (t) => {
  const { run, live, successor, leaver, workspace } = await owner(t);
  const share = live.scenario.addShare({ name: 'Pitch', in: workspace.id, members: { [leaver.id]: 'guest', [successor.id]: 'owner' } });
  const result = await run('list-workspaces');
  const facts = doneAs(result, 'verified');
  assert.deepEqual(facts['memberships'], [
    { subject: `org/${live.orgId}`, name: '', role: 'member', owned: false },
    { subject: `workspace/${workspace.id}`, name: 'Research', role: 'owner', owned: true },
    { subject: `share/${share.id}`, name: 'Pitch', role: 'guest', owned: false },
  ]);
  assert.deepEqual(facts['successor'], {
    accountId: successor.id,
    email: successor.email,
    source: 'fallback',
    status: 'active',
    reasons: [],
  });
  assert.match(JSON.stringify(facts['residual']), /file shares.*do not say whose they are, stay.*within 60 minutes/);
  assert.deepEqual(
    followUpsIn(result).flatMap(({ action, subject }) => (action === 'restrict-membership' ? [] : [`${action} ${subject.split('/')[0]}`])),
    ['transfer-ownership workspace', 'remove-membership workspace', 'remove-membership share'],
  );
  assert.equal(live.count(/^(?!GET )/), 0);
});

test('what was handed over is given back, once, by whoever got it', async (t) => {
  const { transfer, giveBack, roleOf, leaver, successor, live } = await owner(t);
  await transfer();
  live.fail(TRANSFER, 'reset', { afterEffect: true });
  doneAs(await giveBack(), 'verified');
  doneAs(await giveBack(true), 'verified');
  assert.deepEqual([roleOf(leaver.id), roleOf(successor.id), live.count(TRANSFER)], ['owner', 'admin', 2]);
});

test('what the successor has passed on is not taken from whoever has it now', async (t) => {
  const { transfer, giveBack, live, workspace, successor } = await owner(t);
  await transfer();
  const { id } = live.scenario.addUser({ email: 'other@example.com' });
  live.scenario.setMember(workspace.id, successor.id, 'admin');
  live.scenario.setMember(workspace.id, id, 'owner');
  assert.match(messageIn(await giveBack(), 'refused'), /no longer belongs to .*, who got it in this case, so it was not taken back/);
});

test('where only the new owner may give it back, they are named', async (t) => {
  const { transfer, giveBack, live, leaver, successor } = await owner(t);
  await transfer();
  live.fail(TRANSFER, refusedBy(403, 1680));
  const message = messageIn(await giveBack(), 'refused');
  assert.ok(message.includes(`have ${successor.id} give it back to ${leaver.id}, then retry`), message);
});

test('the successor is told by mail what came to them, and that keys of before reach it no longer', async (t) => {
  const notices: HandOverNotice[] = [];
  const tellSuccessor: TellSuccessor = async (notice) => {
    notices.push(notice);
    return notices.length === 1
      ? { kind: 'waiting', problem: 'the mail server answered 450' }
      : { kind: 'accepted', messageId: '<m-1@acme.example>' };
  };
  const { run, transfer, successor, lines, workspace } = await owner(t, { tellSuccessor });
  assert.equal((await run('notify-successor')).kind, 'not-needed');
  await transfer();
  assert.match(messageIn(await run('notify-successor'), 'retry-later'), /could not be sent yet: the mail server answered 450/);
  const { successor: told, notice, mails } = doneAs(await run('notify-successor', { repeated: true }), 'acknowledged');
  assert.deepEqual([told, mails], [successor.id, [{ successor: successor.id, messageId: '<m-1@acme.example>' }]]);
  assert.deepEqual(notices[1], {
    key: 'step-1',
    email: successor.email,
    target: 'live',
    leaver: { email: 'lee.aver@example.com', name: 'Lee Aver' },
    workspaces: [{ id: `workspace/${workspace.id}`, name: 'Research' }],
    tokens: null,
    webhooks: [],
    keepsKeys: true,
  });
  assert.match(String(notice), /^You now own: Research \(workspace\/\d+\)\. Agents and integrations .* make new keys/);
  assert.ok(!lines.join('').includes('Research'), 'a name is in the log');
});

test('where nobody can be told by mail, that is said, and that a person should', async (t) => {
  const { run, transfer, successor } = await owner(t);
  await transfer();
  const { untold, advice } = doneAs(await run('notify-successor'), 'not-offered');
  assert.match(JSON.stringify(untold), /no mail server is configured/);
  assert.match(String(advice), new RegExp(`a person should tell ${successor.id} what came to them`));
});
