import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeIn, fastioFor } from './fastio-client.ts';

test('unknown ids and unknown organisations are answered with 404 and the error envelope', async (t) => {
  const { fastio, get, suspend, workspacesOf, revokeSessions, deleteTokens, deleteWebhook, transfer, remove } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const { id: workspaceId } = fastio.scenario.addWorkspace({ ownerId: id });
  const replies = await Promise.all([
    ...[suspend, workspacesOf, revokeSessions, deleteTokens, deleteWebhook, remove].map((call) => call('4000000000000000000')),
    transfer('4000000000000000000', id),
    transfer(workspaceId, '4000000000000000000'),
    get('/api/v1/orgs/another/members'),
  ]);
  for (const reply of replies) assert.deepEqual([reply.status, codeIn(reply)], [404, 'not_found']);
});

test('anything but the documented request is refused as invalid', async (t) => {
  const { fastio, call, members } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const path = `/api/v1/users/${id}/status`;
  const replies = [
    await call('PUT', path, { body: { status: 'gone' } }),
    await call('PUT', path, { body: { status: 'suspended', why: 'left' } }),
    await call('PUT', path, { body: '{"status":' }),
    await call('PUT', path, { body: { status: 'suspended' }, contentType: 'text/plain' }),
    await call('PUT', path),
    await call('DELETE', `/api/v1/users/${id}/tokens`, { body: {} }),
    ...(await Promise.all(['?limit=0', '?limit=501', '?limit=x', '?offset=-1', '?page=2'].map(members))),
  ];
  for (const reply of replies) assert.deepEqual([reply.status, codeIn(reply)], [400, 'invalid_request']);
  assert.equal(fastio.users.get(id)?.status, 'active');
});

test('a missing or wrong token is refused with 401 and changes nothing', async (t) => {
  const { fastio, call } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  for (const authorization of [null, 'Bearer wrong', fastio.token, `Basic ${fastio.token}`]) {
    const reply = await call('PUT', `/api/v1/users/${id}/status`, { body: { status: 'suspended' }, authorization });
    assert.deepEqual([reply.status, codeIn(reply)], [401, 'unauthorized']);
  }
  assert.deepEqual(fastio.effects, []);
});

test('every request is recorded with what it named, what was sent and how long that took', async (t) => {
  const { fastio, call, transfer } = await fastioFor(t, { latencyMs: { transfer: 40 } });
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com', status: 'suspended' });
  const { id: to } = fastio.scenario.addUser({ email: 'bob@example.com' });
  const { id: workspaceId } = fastio.scenario.addWorkspace({ ownerId: id });
  await call('GET', `/api/v1/users/${id}/workspaces?limit=5`);
  await transfer(workspaceId, to);
  const [read, write] = fastio.requests.map(({ at: _, tookMs: __, ...facts }) => facts);
  const nothing = { userId: null, workspaceId: null, webhookId: null, email: null, idempotencyKey: null, status: 200 };
  const path = `/api/v1/users/${id}/workspaces?limit=5`;
  assert.deepEqual(read, { ...nothing, seq: 1, call: 'inventory', method: 'GET', path, userId: id, effect: false });
  assert.deepEqual(write, {
    ...nothing,
    ...{ seq: 2, call: 'transfer', method: 'POST', path: `/api/v1/workspaces/${workspaceId}/transfer` },
    ...{ workspaceId, idempotencyKey: 'step-1', effect: true },
  });
  assert.ok((fastio.requests[1]?.tookMs ?? 0) >= 39);
  assert.deepEqual(fastio.effects[0]?.requestSeq, 2);
  assert.equal(fastio.effects[0]?.seq, 3);
});
