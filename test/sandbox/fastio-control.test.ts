import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { fastioFor } from './fastio-client.ts';

/** A call as another process would make it: over HTTP, without a token. */
async function control(url: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
  const answer = await request(`${url}/__sandbox/${path}`, { method, body: body === undefined ? null : JSON.stringify(body), reset: true });
  const text = await answer.body.text();
  return { status: answer.statusCode, json: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

test('another process can set faults and take them away', async (t) => {
  const { fastio, get, members } = await fastioFor(t);
  const set = async (body: unknown) => (await control(fastio.url, 'POST', 'faults', body)).status;
  assert.equal(await set({ call: 'listWebhooks', fault: { status: 503, body: 'empty' }, times: null }), 204);
  assert.equal(await set({ call: 'resolve', subject: 'ada@example.com', fault: 'reset' }), 204);
  assert.equal((await get('/api/v1/webhooks')).status, 503);
  assert.equal((await members('?email=bob@example.com')).status, 200);
  await assert.rejects(members('?email=ada@example.com'));
  assert.equal((await control(fastio.url, 'DELETE', 'faults')).status, 204);
  assert.equal((await get('/api/v1/webhooks')).status, 200);
});

test('a fault that does not exist is refused', async (t) => {
  const { fastio } = await fastioFor(t);
  for (const body of [
    { call: 'listWebhooks', fault: 'explode' },
    { call: 'explode', fault: 'hang' },
    { call: 'resolve', fault: 'hang', times: 'often' },
    { call: 'resolve', fault: { status: 200 } },
    {},
  ]) {
    assert.equal((await control(fastio.url, 'POST', 'faults', body)).status, 400);
  }
});

test('another process can hold a call, see it arrive and let it go', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const made = await control(fastio.url, 'POST', 'pauses', { call: 'suspend', subject: id, at: 'after-effect', nth: 1 });
  const pause = `pauses/${String(made.json['id'])}`;
  assert.deepEqual((await control(fastio.url, 'GET', pause)).json, { waiting: false });
  const reply = suspend(id);
  while ((await control(fastio.url, 'GET', pause)).json['waiting'] !== true) await delay(5);
  assert.equal(fastio.users.get(id)?.status, 'suspended');
  assert.deepEqual((await control(fastio.url, 'POST', `${pause}/release`)).json, { waiting: false });
  assert.equal((await reply).status, 200);
  assert.equal((await control(fastio.url, 'GET', 'pauses/none')).status, 404);
  for (const wrong of [{ at: 'noon' }, { at: 'mid-answer', nth: 'last' }]) {
    assert.equal((await control(fastio.url, 'POST', 'pauses', { call: 'suspend', ...wrong })).status, 400);
  }
});

test('another process sees the whole state, and looking leaves no trace', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const { id: workspaceId } = fastio.scenario.addWorkspace({ ownerId: id });
  await suspend(id);
  const { json } = await control(fastio.url, 'GET', 'state');
  assert.deepEqual(Object.keys(json), ['users', 'workspaces', 'webhooks', 'requests', 'effects', 'violations']);
  const [user] = json['users'] as { id: string; status: string }[];
  assert.deepEqual([user?.id, user?.status], [id, 'suspended']);
  assert.equal((json['workspaces'] as { id: string }[])[0]?.id, workspaceId);
  assert.equal((json['effects'] as { kind: string }[])[0]?.kind, 'user.suspended');
  assert.equal(fastio.requests.length, 1);
  assert.equal((await control(fastio.url, 'GET', 'elsewhere')).status, 404);
  assert.deepEqual(fastio.violations, []);
});
