import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage } from '../support/flashback-stage.ts';

const person = (email: string, ...aliases: string[]) => ({ person: { email, aliases, name: null } });

test('the account with the e-mail is found, whatever the case of its letters', async (t) => {
  const { run, leaver, flashback } = await flashbackStage(t);
  assert.deepEqual(doneAs(await run('resolve-account'), 'verified'), { userId: leaver.id, orgRole: 0, name: 'Lee Aver' });
  assert.deepEqual(flashback.effects, []);
});

test('a near match is nobody', async (t) => {
  const { run, flashback } = await flashbackStage(t);
  for (const email of ['ann@example.com.evil', 'xann@example.com', ' ann@example.com', 'ann+1@example.com', 'änn@example.com']) {
    flashback.scenario.addPerson({ email });
  }
  assert.deepEqual(await run('resolve-account', person('ann@example.com')), { kind: 'account-absent' });
});

for (const listsDeleted of [true, false]) {
  test(`a deleted account is absent, ${listsDeleted ? 'and recognised' : 'also where nobody lists it'}`, async (t) => {
    const { run, flashback } = await flashbackStage(t, { listsDeleted });
    const gone = flashback.scenario.addPerson({ email: 'gone@example.com', deletedAt: '2026-01-01T00:00:00.000Z' });
    const facts = listsDeleted && { facts: { deletedAccounts: [gone.id] } };
    assert.deepEqual(await run('resolve-account', person('gone@example.com')), { kind: 'account-absent', ...facts });
  });
}

test('an account that still has an address from before is found, where nobody has the e-mail; the e-mail goes first', async (t) => {
  const { run, flashback, leaver } = await flashbackStage(t);
  const renamed = person('lee.married@example.com', 'l.aver@example.com', leaver.email.toUpperCase());
  assert.equal(doneAs(await run('resolve-account', renamed), 'verified')['userId'], leaver.id);
  const own = flashback.scenario.addPerson({ email: 'lee.married@example.com' });
  assert.equal(doneAs(await run('resolve-account', renamed), 'verified')['userId'], own.id);
});

test('two accounts with one e-mail are a question for a person, who is told both', async (t) => {
  const { run, flashback, leaver } = await flashbackStage(t);
  const twin = flashback.scenario.addPerson({ email: 'lee.aver@EXAMPLE.com' });
  const message = messageIn(await run('resolve-account'), 'refused');
  assert.ok(message.includes(leaver.id) && message.includes(twin.id), message);
});

test('the account that Leaver itself works with is nobody to take out without a person being asked', async (t) => {
  const { run } = await flashbackStage(t);
  const result = await run('resolve-account', person('leaver-service@example.com'));
  assert.ok(result.kind === 'ask-first');
  assert.match(result.reason, /is the account that Leaver itself works with.*targets\[flashback\]\.token/);
});

test("an account of Leaver's that cannot do the work is told before anything is looked for", async (t) => {
  const { run, flashback } = await flashbackStage(t);
  flashback.scenario.changePerson(flashback.callerId, { orgRole: 1 });
  assert.match(messageIn(await run('resolve-account'), 'refused'), /has the role 1 in the organization and may not manage people/);
  flashback.scenario.changePerson(flashback.callerId, { orgRole: 2, validated: false });
  assert.match(messageIn(await run('resolve-account'), 'refused'), /is not validated, so nothing was done/);
  assert.equal(flashback.count(/organization/), 0);
});

test('nobody is declared absent by a list of which a part is missing', async (t) => {
  const { run } = await flashbackStage(t, { pageSize: 2 });
  assert.match(messageIn(await run('resolve-account', person('late@example.com')), 'retry-later'), /2 of 3 came/);
});
