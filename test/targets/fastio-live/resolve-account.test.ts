import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { followUpsIn } from '../support/flashback-stage.ts';
import { liveStage } from '../support/live-stage.ts';

test('the account is found by its exact address in any case, on whichever page, and nothing is changed', async (t) => {
  const { live, run, leaver } = await liveStage(t, { pageSize: 2 });
  for (const email of ['lee.aver@example.com.au', 'xlee.aver@example.com', 'leeaver@example.com']) live.scenario.addUser({ email });
  const result = await run('resolve-account');
  assert.equal(doneAs(result, 'verified')['userId'], leaver.id);
  assert.deepEqual(live.effects, []);
  assert.equal(live.count(/^(?!GET )/), 0);
});

test('each membership that can be cut down gets a step with its role and its end, and what is owned is named', async (t) => {
  const { live, run, leaver, successor } = await liveStage(t);
  const { scenario, orgId } = live;
  const own = scenario.addWorkspace({ name: 'Own', members: { [leaver.id]: 'owner' } });
  const other = scenario.addWorkspace({ name: 'Other', members: { [successor.id]: 'owner' } });
  scenario.setMember(other.id, leaver.id, 'admin', '2030-01-01 00:00:00');
  const share = scenario.addShare({ name: 'Pitch', members: { [leaver.id]: 'view', [successor.id]: 'owner' } });
  const result = await run('resolve-account');
  assert.deepEqual(followUpsIn(result), [
    { action: 'restrict-membership', subject: `org/${orgId}`, facts: { name: '', role: 'member', expires: null } },
    {
      action: 'restrict-membership',
      subject: `workspace/${other.id}`,
      facts: { name: 'Other', role: 'admin', expires: '2030-01-01 00:00:00' },
    },
    { action: 'restrict-membership', subject: `share/${share.id}`, facts: { name: 'Pitch', role: 'view', expires: null } },
  ]);
  const { owned, residual } = doneAs(result, 'verified');
  assert.deepEqual(owned, [`workspace/${own.id}`]);
  assert.match(
    JSON.stringify(residual),
    /no call that locks.*Only the account itself can end its sessions.*nobody else can list or delete them/,
  );
});

test('somebody who is in a workspace and not in the organization is found there', async (t) => {
  const { live, run, leaver, successor } = await liveStage(t);
  live.scenario.setMember(live.orgId, leaver.id, null);
  live.scenario.addShare({ members: { [leaver.id]: 'guest', [successor.id]: 'owner' } });
  const facts = doneAs(await run('resolve-account'), 'verified');
  assert.equal(facts['userId'], leaver.id);
});

test('somebody who was only invited is found as such, with or without an account of their own', async (t) => {
  const { live, run } = await liveStage(t);
  live.scenario.invite(live.orgId, 'New.Comer@example.com');
  const person = { email: 'new.comer@example.com', name: null };
  const result = await run('resolve-account', { person });
  const { userId, status } = doneAs(result, 'verified');
  assert.deepEqual([userId, status, followUpsIn(result)], [null, 'pending', []]);
  const { id } = live.scenario.addUser({ email: 'new.comer@example.com', role: null });
  assert.equal(doneAs(await run('resolve-account', { person }), 'verified')['userId'], id);
});

test('an address from before is looked for only where nobody has the present one', async (t) => {
  const { live, run, leaver } = await liveStage(t);
  const person = { email: 'new.name@example.com', aliases: ['lee.aver@example.com'], name: null };
  assert.equal(doneAs(await run('resolve-account', { person }), 'verified')['userId'], leaver.id);
  const { id } = live.scenario.addUser({ email: 'new.name@example.com' });
  assert.equal(doneAs(await run('resolve-account', { person }), 'verified')['userId'], id);
});

test('somebody who is invited and has accounts with other addresses is a question for a person, and so is the account of Leaver among them', async (t) => {
  const { live, run } = await liveStage(t);
  live.scenario.invite(live.orgId, 'new.comer@example.com');
  const person = { email: 'new.comer@example.com', aliases: ['one@example.com', 'two@example.com'], name: null };
  const one = live.scenario.addUser({ email: 'one@example.com' });
  assert.equal(doneAs(await run('resolve-account', { person }), 'verified')['userId'], one.id);
  const two = live.scenario.addUser({ email: 'two@example.com' });
  assert.match(messageIn(await run('resolve-account', { person }), 'refused'), new RegExp(`the accounts ${one.id} and ${two.id}`));
  const result = await run('resolve-account', { person: { ...person, aliases: ['leaver-service@example.com'] } });
  assert.equal(result.kind, 'ask-first');
});

test('two accounts with one address are a question for a person', async (t) => {
  const { live, run, leaver } = await liveStage(t);
  const { id } = live.scenario.addUser({ email: 'LEE.AVER@example.com', role: null });
  live.scenario.addWorkspace({ members: { [id]: 'member' } });
  assert.match(messageIn(await run('resolve-account'), 'refused'), new RegExp(`the accounts ${leaver.id} and ${id} have the same e-mail`));
});

test('an account of Leaver that is no admin sees a part only, so nobody is declared absent by it', async (t) => {
  const { run, live } = await liveStage(t, { caller: { role: 'member' } });
  const person = { email: 'nobody@example.com', name: null };
  assert.match(
    messageIn(await run('resolve-account', { person }), 'refused'),
    /has the role member in organization .*Make it an admin there, then retry/,
  );
  live.scenario.setMember(live.orgId, live.callerId, 'admin');
  assert.equal((await run('resolve-account', { person })).kind, 'account-absent');
});

test('a workspace that is closed to Leaver holds nobody up, and is named', async (t) => {
  const { run, live, leaver, successor } = await liveStage(t);
  const { id } = live.scenario.addWorkspace({ members: { [leaver.id]: 'member', [successor.id]: 'owner' } });
  live.scenario.setMember(id, live.callerId, null);
  assert.deepEqual(doneAs(await run('resolve-account'), 'verified')['unseen'], [`workspace/${id}`]);
  const absent = await run('resolve-account', { person: { email: 'nobody@example.com', name: null } });
  assert.deepEqual(absent, { kind: 'account-absent', facts: { unseen: [`workspace/${id}`] } });
});

test("shares of another organization, which Leaver's account happens to be in, are left alone", async (t) => {
  const { run, live, leaver } = await liveStage(t);
  const foreign = { id: '99', title: 'Theirs', org_id: '1' };
  live.fail(/shares\/all\/$/, { status: 200, body: { result: true, shares: [foreign] } });
  assert.equal(doneAs(await run('resolve-account'), 'verified')['userId'], leaver.id);
  assert.equal(live.count(/share\/99\//), 0);
});

test('a workspace that is deleted while everything is read holds nobody up', async (t) => {
  const { run, live } = await liveStage(t);
  const workspaces = [{ id: '123', name: 'Gone', org_id: live.orgId }];
  live.fail(/list\/workspaces\/$/, { status: 200, body: { result: true, workspaces } });
  assert.deepEqual(doneAs(await run('resolve-account'), 'verified')['unseen'], []);
});

test('a workspace whose members are answered with 404 and that is still listed is one that nobody can see into', async (t) => {
  const { run, live } = await liveStage(t);
  const { id } = live.scenario.addWorkspace();
  live.fail(new RegExp(`workspace/${id}/members/list`), { status: 404, body: { result: false, error: { code: '1609', text: 'no' } } });
  assert.deepEqual(doneAs(await run('resolve-account'), 'verified')['unseen'], [`workspace/${id}`]);
});

test('a list of shares that is not offered any more is named, and holds nobody up', async (t) => {
  const { run, live } = await liveStage(t);
  live.fail(/shares\/all\/$/, { status: 404, body: { result: false, error: { code: 9992, text: 'Unknown route' } } }, { times: 2 });
  await run('resolve-account');
  const { unread } = doneAs(await run('list-workspaces'), 'verified');
  assert.deepEqual(unread, ["the shares of Leaver's account could not be read (9992): look there by hand"]);
});
