import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, fastioStage, messageIn } from '../support/fastio-stage.ts';

test('the account with the e-mail is found, whatever the case of its letters', async (t) => {
  const { run, leaver } = await fastioStage(t);
  const facts = doneAs(await run('resolve-account'), 'verified');
  assert.deepEqual(facts, { userId: leaver.id, status: 'active', role: 'member', name: 'Lee Aver' });
});

test('an account on the third page is found, although the server ignores the filter', async (t) => {
  const { run, fastio, calls } = await fastioStage(t, { ignoreEmailFilter: true, pageSize: 2 });
  for (const n of [1, 2, 3]) fastio.scenario.addUser({ email: `other${n}@example.com` });
  const late = fastio.scenario.addUser({ email: 'late@example.com' });
  const facts = doneAs(await run('resolve-account', { person: { email: 'LATE@example.com', name: null } }), 'verified');
  assert.equal(facts['userId'], late.id);
  assert.equal(calls('resolve'), 3);
});

for (const ignoreEmailFilter of [true, false]) {
  test(`a near match is nobody, with the filter ${ignoreEmailFilter ? 'ignored' : 'applied'}`, async (t) => {
    const { run, fastio } = await fastioStage(t, { ignoreEmailFilter });
    for (const email of [
      'ann@example.com.evil',
      'xann@example.com',
      'ann@example.co',
      ' ann@example.com',
      'ann+1@example.com',
      'änn@example.com',
    ]) {
      fastio.scenario.addUser({ email });
    }
    assert.deepEqual(await run('resolve-account', { person: { email: 'ann@example.com', name: null } }), { kind: 'account-absent' });
  });
}

test('two accounts with one e-mail are a question for a person, who is told both', async (t) => {
  const { run, fastio, leaver } = await fastioStage(t);
  const twin = fastio.scenario.addUser({ email: 'lee.aver@EXAMPLE.com' });
  const message = messageIn(await run('resolve-account'), 'refused');
  assert.ok(message.includes(leaver.id) && message.includes(twin.id), message);
});

test('twins on different pages are both noticed', async (t) => {
  const { run, fastio } = await fastioStage(t, { ignoreEmailFilter: true, pageSize: 1 });
  fastio.scenario.addUser({ email: 'lee.aver@EXAMPLE.com' });
  messageIn(await run('resolve-account'), 'refused');
});

test('nobody is overlooked when another member disappears while the pages are read', async (t) => {
  const { run, fastio, successor, calls } = await fastioStage(t, { ignoreEmailFilter: true, pageSize: 2 });
  const late = fastio.scenario.addUser({ email: 'late@example.com' });
  fastio.scenario.on('resolve', () => fastio.scenario.removeUser(successor.id), { when: 'after', times: 1 });
  const facts = doneAs(await run('resolve-account', { person: { email: 'late@example.com', name: null } }), 'verified');
  assert.equal(facts['userId'], late.id);
  assert.equal(calls('resolve'), 3);
});

test('an owner is resolved with the role recorded', async (t) => {
  const { run, fastio, leaver } = await fastioStage(t);
  fastio.scenario.changeUser(leaver.id, { role: 'owner', status: 'suspended' });
  const facts = doneAs(await run('resolve-account'), 'verified');
  assert.deepEqual([facts['role'], facts['status']], ['owner', 'suspended']);
});

test('a token that is not accepted names the setting to change', async (t) => {
  const { run, fastio } = await fastioStage(t);
  fastio.fail('resolve', { status: 401 });
  const message = messageIn(await run('resolve-account'), 'refused');
  assert.match(message, /^fastio: GET .*answered 401.*The token in targets\[fastio\]\.token is not accepted/);
});

test('a long wait that the target asks for is handed on', async (t) => {
  const { run, fastio } = await fastioStage(t);
  fastio.fail('resolve', { status: 429, retryAfter: 120 });
  const result = await run('resolve-account');
  assert.equal(result.kind === 'retry-later' && result.afterMs, 120_000);
});

test('the account that Leaver itself works with is nobody to take out without a person being asked', async (t) => {
  const { run, fastio } = await fastioStage(t, { isServiceAccount: true });
  const result = await run('resolve-account');
  assert.ok(result.kind === 'ask-first');
  assert.match(result.reason, /is the account that Leaver itself works with \(targets\[fastio\]\.serviceAccountId\)/);
  assert.deepEqual(fastio.effects, []);
});
