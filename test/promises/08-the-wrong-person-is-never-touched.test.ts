import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SUCCESSOR_ID, startService } from '../support/service.ts';

const EMAIL = 'ada@example.com';

test('the wrong person is never touched: a near match is no match', async (t) => {
  const { fastio, okta, untilState } = await startService(t, { fastio: { ignoreEmailFilter: true, pageSize: 3 } });
  for (const near of [
    'ada@example.co',
    'ada@example.com.au',
    'xada@example.com',
    'ada+1@example.com',
    'ada @example.com',
    'аda@example.com',
  ]) {
    fastio.scenario.addUser({ email: near, sessions: 1 });
  }
  await okta.deactivate({ id: '00u1', login: EMAIL });
  await untilState(EMAIL, 'attention');
  assert.deepEqual(fastio.effects, []);
});

test('the wrong person is never touched: of two members with one e-mail neither is, and both are named', async (t) => {
  const { fastio, okta, untilState } = await startService(t);
  const one = fastio.scenario.addUser({ email: EMAIL });
  const two = fastio.scenario.addUser({ email: 'Ada@Example.com' });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const asking = await untilState(EMAIL, 'attention');
  assert.match(asking.reason ?? '', new RegExp(`${one.id}.*${two.id}|${two.id}.*${one.id}`));
  assert.deepEqual(fastio.effects, []);
});

test('the wrong person is never touched: somebody protected waits for a word, and goes when it is given', async (t) => {
  const { fastio, okta, untilState, call } = await startService(t, { config: { policy: { protected: ['*@breakglass.example.com'] } } });
  const email = 'root@breakglass.example.com';
  const leaver = fastio.scenario.addUser({ email });
  fastio.expectLeaver(leaver.id);
  await okta.deactivate({ id: '00u1', login: email });
  const held = await untilState(email, 'held');
  assert.match(held.reason ?? '', /protected/);
  assert.deepEqual(fastio.requests, []);
  assert.equal((await call('POST', `/v1/cases/${held.id}/approve`, { reason: 'agreed with security' })).status, 202);
  await untilState(email, 'completed');
});

test('the wrong person is never touched: nobody takes over from themselves', async (t) => {
  const { fastio, okta, untilState } = await startService(t);
  fastio.scenario.addWorkspace({ ownerId: SUCCESSOR_ID, name: 'their own' });
  await okta.deactivate({ id: '00u1', login: 'successor@example.com' });
  const asking = await untilState('successor@example.com', 'attention');
  assert.match(asking.reason ?? '', /fallbackOwnerId/);
  assert.equal(fastio.leftovers(SUCCESSOR_ID).member, true);
  assert.equal(fastio.leftovers(SUCCESSOR_ID).workspaces, 1);
});

test('the wrong person is never touched: somebody who is active again is held before anything that is hard to reverse', async (t) => {
  const { fastio, okta, untilState, caseOf } = await startService(t, { config: { policy: { graceSeconds: 3_600 } } });
  const leaver = fastio.scenario.addUser({ email: EMAIL });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  await untilState(EMAIL, 'waiting');
  await okta.reactivate({ id: '00u1', login: EMAIL });
  const held = await caseOf(EMAIL);
  assert.equal(held?.state, 'held');
  assert.match(held?.reason ?? '', /active again/);
  assert.ok(!fastio.effects.some(({ kind }) => kind === 'workspace.transferred' || kind === 'user.deleted'));
});

test('the wrong person is never touched: somebody protected is so under every name they have or had', async (t) => {
  const { fastio, okta, untilState } = await startService(t, { config: { policy: { protected: [EMAIL] } } });
  fastio.scenario.addUser({ email: 'ada.married@example.com' });
  await okta.reactivate({ id: '00u1', login: EMAIL });
  await okta.deactivate({ id: '00u1', login: 'ada.married@example.com' });
  await untilState('ada.married@example.com', 'held');
  assert.deepEqual(fastio.effects, []);
});
