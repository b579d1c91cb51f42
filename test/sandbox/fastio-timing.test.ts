import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { fastioFor } from './fastio-client.ts';

test('a call paused before its effect has changed nothing until it is released', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = fastio.pause('suspend', 'before-effect');
  const reply = suspend(id);
  const request = await hold.arrived;
  assert.deepEqual([request.userId, request.status, hold.waiting, fastio.users.get(id)?.status], [id, 'pending', true, 'active']);
  hold.release();
  assert.equal((await reply).status, 200);
  assert.equal(fastio.users.get(id)?.status, 'suspended');
});

test('a call paused after its effect has changed everything while its client still waits', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = fastio.pause({ call: 'suspend', subject: id }, 'after-effect');
  const reply = suspend(id);
  assert.equal((await hold.arrived).effect, true);
  assert.equal(fastio.users.get(id)?.status, 'suspended');
  hold.release();
  assert.equal((await reply).status, 200);
});

test('a pause holds one request; later ones and other subjects pass', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const [one, two] = ['a@example.com', 'b@example.com'].map((email) => fastio.scenario.addUser({ email }).id) as [string, string];
  const hold = fastio.pause({ call: 'suspend', subject: one }, 'before-effect');
  assert.equal((await suspend(two)).status, 200);
  const held = suspend(one);
  await hold.arrived;
  assert.equal((await suspend(one)).status, 200);
  hold.release();
  assert.equal((await held).status, 200);
  assert.equal(fastio.effects.length, 2);
});

test('a pause can be for a later request: those before it pass, and only matching ones count', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const [one, two] = ['a@example.com', 'b@example.com'].map((email) => fastio.scenario.addUser({ email }).id) as [string, string];
  const hold = fastio.pause({ call: 'suspend', subject: one }, 'before-effect', { nth: 2 });
  await suspend(two);
  await suspend(one);
  await suspend(two);
  assert.equal(hold.waiting, false);
  const second = suspend(one);
  assert.equal((await hold.arrived).seq, fastio.requests.at(-1)?.seq);
  hold.release();
  assert.equal((await second).status, 200);
});

test('a pause can be for whatever comes next, or whatever is about nobody in particular', async (t) => {
  const { fastio, get, members } = await fastioFor(t);
  const hold = fastio.pause({ call: 'any', subject: null }, 'before-effect');
  await members('?email=ada@example.com');
  const reply = get('/api/v1/webhooks');
  assert.equal((await hold.arrived).call, 'listWebhooks');
  hold.release();
  assert.equal((await reply).status, 200);
});

test('a call paused in the middle of its answer has taken effect, and half of what it says has left', async (t) => {
  const { fastio, suspend, deleteWebhook } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const { id: webhookId } = fastio.scenario.addWebhook({ userId: id });
  for (const [call, ask, status] of [
    ['suspend', async () => await suspend(id), 200],
    ['deleteWebhook', async () => await deleteWebhook(webhookId), 204],
  ] as const) {
    const hold = fastio.pause(call, 'mid-answer');
    const reply = ask();
    assert.equal((await hold.arrived).effect, true);
    hold.release();
    const { status: told, text } = await reply;
    assert.deepEqual([told, text.length > 0], [status, status === 200]);
  }
});

test('an answer that is dropped in its middle was begun: what a reader of the wire has got is half of it', async (t) => {
  const { fastio } = await fastioFor(t);
  const hold = fastio.pause('listWebhooks', 'mid-answer');
  const socket = connect(fastio.port, '127.0.0.1');
  const gone = new Promise<void>((resolve) => socket.on('error', () => undefined).once('close', () => resolve()));
  let got = '';
  socket.on('data', (bytes: Buffer) => {
    got += bytes.toString();
  });
  socket.write(`GET /api/v1/webhooks HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer ${fastio.token}\r\n\r\n`);
  await hold.arrived;
  while (got === '') await delay(5);
  hold.drop();
  await gone;
  const [, length = '', body = ''] = /content-length: (\d+)[\s\S]*?\r\n\r\n(.*)$/.exec(got) ?? [];
  assert.equal(body.length, Math.floor(Number(length) / 2), got);
});

test('a dropped call is reset and never takes effect', async (t) => {
  const { fastio, suspend } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = fastio.pause('suspend', 'before-effect');
  const reply = suspend(id);
  await hold.arrived;
  hold.drop();
  await assert.rejects(reply, { code: 'ECONNRESET' });
  assert.deepEqual([fastio.requests[0]?.status, fastio.effects.length], ['reset', 0]);
});

test('a pause that is released before anybody came holds nobody', async (t) => {
  const { fastio, get } = await fastioFor(t);
  fastio.pause('listWebhooks', 'before-effect').release();
  assert.equal((await get('/api/v1/webhooks')).status, 200);
});

test('a call whose client gave up takes effect all the same', async (t) => {
  const { fastio, call, get } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const hold = fastio.pause('suspend', 'before-effect');
  const patience = new AbortController();
  const reply = call('PUT', `/api/v1/users/${id}/status`, { body: { status: 'suspended' }, signal: patience.signal });
  // Not before the request has arrived: a client that gives up earlier has asked for nothing.
  await hold.arrived;
  patience.abort();
  await assert.rejects(reply);
  assert.equal(fastio.users.get(id)?.status, 'active');
  // Once this is answered, the server has also seen that the other connection is gone.
  await get('/api/v1/webhooks');
  hold.release();
  while (fastio.requests[0]?.status === 'pending') await delay(5);
  assert.deepEqual([fastio.users.get(id)?.status, fastio.requests[0]?.status], ['suspended', 'client-gone']);
});

test('one latency holds for all calls, and each call can have its own', async (t) => {
  const all = await fastioFor(t, { latencyMs: 50 });
  await all.members();
  assert.ok((all.fastio.requests[0]?.tookMs ?? 0) >= 49);
  const some = await fastioFor(t, { latencyMs: { default: 400, resolve: 0 } });
  await some.members();
  await some.get('/api/v1/webhooks');
  assert.ok((some.fastio.requests[1]?.tookMs ?? 0) >= 399);
  assert.ok((some.fastio.requests[0]?.tookMs ?? 400) < 399);
});

test('a workspace can appear right before a call reads, and another after a call took effect', async (t) => {
  const { fastio, suspend, workspacesOf } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const appear = (name: string) => () => void fastio.scenario.addWorkspace({ ownerId: id, name });
  fastio.scenario.on('suspend', appear('late'), { when: 'after', times: 1 });
  const off = fastio.scenario.on('inventory', appear('later'));
  await suspend(id);
  await suspend(id);
  const names = [...fastio.workspaces.values()].map(({ name }) => name);
  assert.deepEqual(names, ['late']);
  assert.equal(((await workspacesOf(id)).json['workspaces'] as unknown[]).length, 2);
  off();
  assert.equal(((await workspacesOf(id)).json['workspaces'] as unknown[]).length, 2);
});

test('a workspace that appears right before the removal is orphaned and reported', async (t) => {
  const { fastio, suspend, remove } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  fastio.scenario.on('remove', () => void fastio.scenario.addWorkspace({ ownerId: id }));
  await suspend(id);
  await remove(id);
  assert.match(fastio.violations.join(), /still owned workspace/);
});

test('a hook that fails breaks the call and is reported, instead of passing in silence', async (t) => {
  const { fastio, get } = await fastioFor(t);
  fastio.scenario.on('listWebhooks', () => fastio.scenario.giveTokens('nobody', 1));
  await assert.rejects(get('/api/v1/webhooks'), { code: 'ECONNRESET' });
  assert.match(fastio.violations.join(), /^the sandbox failed: .*There is no user nobody/);
});

test('closing ends hanging, held and slow calls and leaves no timer or connection behind', async (t) => {
  const { fastio, call, get, members } = await fastioFor(t, { latencyMs: { resolve: 60_000 } });
  fastio.fail('listWebhooks', 'hang');
  fastio.fail('audit', { slowBodyMs: 60_000 });
  const hold = fastio.pause('suspend', 'before-effect');
  const unused = fastio.pause('transfer', 'before-effect');
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const calls = [
    get('/api/v1/webhooks'),
    members(),
    call('PUT', `/api/v1/users/${id}/status`, { body: { status: 'suspended' } }),
    get('/api/v1/audit-logs'),
  ];
  const settled = Promise.allSettled(calls);
  await hold.arrived;
  while (fastio.requests.length < 4 || fastio.requests[3]?.status === 'pending') await delay(5);
  await fastio.close();
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected', 'rejected'],
  );
  await assert.rejects(unused.arrived, /closed/);
  assert.deepEqual([fastio.effects.length, fastio.violations.length], [0, 0]);
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'TCPServerWrap'),
    [],
  );
});

test('a port that is taken is an error at the start', async (t) => {
  const { fastio } = await fastioFor(t);
  await assert.rejects(startFastio({ port: fastio.port }), { code: 'EADDRINUSE' });
});
