import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Fault } from '../../src/sandbox/fastio/fastio.ts';
import { type Caller, codeIn, fastioFor, type Reply } from './fastio-client.ts';

/** A caller and the suspension of one person under a fault: what the client got, and whether the person is suspended. */
async function suspendUnder(t: TestContext, fault: Fault): Promise<Caller & { attempt: () => Promise<Reply>; suspended: () => boolean }> {
  const caller = await fastioFor(t, { seed: { users: [{ id: '4000000000000000001', email: 'ada@example.com' }] } });
  caller.fastio.fail('suspend', fault);
  return {
    ...caller,
    attempt: async () => await caller.suspend('4000000000000000001'),
    suspended: () => caller.fastio.users.get('4000000000000000001')?.status === 'suspended',
  };
}

/** The call again, without a fault, is answered as if nothing had been. */
async function assertOnce({ fastio, attempt, suspended }: Awaited<ReturnType<typeof suspendUnder>>): Promise<void> {
  assert.equal((await attempt()).status, 200);
  assert.equal(suspended(), true);
  assert.equal(fastio.effects.length, 1);
}

for (const [name, retryAfter, header] of [
  ['seconds', 7, /^7$/],
  ['a date', new Date('2026-01-05T09:00:00Z'), /^Mon, 05 Jan 2026 09:00:00 GMT$/],
  ['a given text', 'Mon, 05 Jan 2026 09:00:00 GMT', /^Mon, 05 Jan 2026 09:00:00 GMT$/],
] as const) {
  test(`429 carries Retry-After as ${name} and changes nothing`, async (t) => {
    const under = await suspendUnder(t, { status: 429, retryAfter });
    const reply = await under.attempt();
    assert.deepEqual([reply.status, codeIn(reply), under.suspended()], [429, 'rate_limited', false]);
    assert.match(String(reply.headers['retry-after']), header);
    await assertOnce(under);
  });
}

for (const [status, code] of [
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [409, 'conflict'],
  [423, 'locked'],
] as const) {
  test(`${status} comes with the code ${code} unless another is asked for`, async (t) => {
    const under = await suspendUnder(t, { status });
    const reply = await under.attempt();
    assert.deepEqual([reply.status, codeIn(reply), under.suspended()], [status, code, false]);
    under.fastio.fail('suspend', { status, code: 'quota_exceeded' });
    assert.equal(codeIn(await under.attempt()), 'quota_exceeded');
    await assertOnce(under);
  });
}

for (const status of [500, 502, 503] as const) {
  test(`${status} has a body of JSON, of HTML or none`, async (t) => {
    const under = await suspendUnder(t, { status, body: 'json' });
    under.fastio.fail('suspend', { status, body: 'html' });
    under.fastio.fail('suspend', { status, body: 'empty' });
    const [json, html, empty] = [await under.attempt(), await under.attempt(), await under.attempt()];
    assert.deepEqual([json.status, html.status, empty.status], [status, status, status]);
    assert.equal(codeIn(json), 'internal_error');
    assert.match(String(html.headers['content-type']), /^text\/html/);
    assert.equal(empty.text, '');
    assert.equal(under.suspended(), false);
    await assertOnce(under);
  });
}

test('an error status may follow an effect, as from a proxy that gave up', async (t) => {
  const under = await suspendUnder(t, { status: 502, body: 'html', afterEffect: true });
  assert.equal((await under.attempt()).status, 502);
  assert.equal(under.suspended(), true);
  assert.deepEqual([under.fastio.requests[0]?.status, under.fastio.requests[0]?.effect], [502, true]);
  await assertOnce(under);
});

for (const [fault, effect] of [
  ['hang', false],
  ['hang-after-effect', true],
] as const) {
  test(`${fault}: the client waits until it gives up, ${effect ? 'and the change was made' : 'and nothing was changed'}`, async (t) => {
    const under = await suspendUnder(t, fault);
    const attempt = under.call('PUT', '/api/v1/users/4000000000000000001/status', {
      body: { status: 'suspended' },
      signal: AbortSignal.timeout(60),
    });
    await assert.rejects(attempt, { name: 'TimeoutError' });
    assert.deepEqual([under.suspended(), under.fastio.requests[0]?.status, under.fastio.requests[0]?.effect], [effect, 'hang', effect]);
    await assertOnce(under);
  });
}

for (const [fault, effect] of [
  ['reset', false],
  ['reset-after-effect', true],
] as const) {
  test(`${fault}: the connection breaks ${effect ? 'after the change was made' : 'before anything was changed'}`, async (t) => {
    const under = await suspendUnder(t, fault);
    await assert.rejects(under.attempt(), { code: 'ECONNRESET' });
    assert.deepEqual([under.suspended(), under.fastio.requests[0]?.status, under.fastio.requests[0]?.effect], [effect, 'reset', effect]);
    await assertOnce(under);
  });
}

test('truncated-json: the change is made and the body ends before its length', async (t) => {
  const under = await suspendUnder(t, 'truncated-json');
  await assert.rejects(under.attempt(), { code: 'UND_ERR_SOCKET' });
  assert.equal(under.suspended(), true);
  await assertOnce(under);
});

test('half-json: the change is made and the body is complete as HTTP but not as JSON', async (t) => {
  const under = await suspendUnder(t, 'half-json');
  const { status, text } = await under.attempt();
  assert.equal(status, 200);
  assert.match(text, /^\{"user"/);
  assert.throws(() => JSON.parse(text), SyntaxError);
  assert.equal(under.suspended(), true);
  await assertOnce(under);
});

test('html-200: a page comes with status 200 and nothing was changed', async (t) => {
  const under = await suspendUnder(t, 'html-200');
  const { status, text } = await under.attempt();
  assert.equal(status, 200);
  assert.match(text, /^<!doctype html>/);
  assert.equal(under.suspended(), false);
  await assertOnce(under);
});

test('redirect: 302 to the same path of another port, and nothing was changed', async (t) => {
  const under = await suspendUnder(t, 'redirect');
  const { status, headers } = await under.attempt();
  const location = new URL(String(headers['location']));
  assert.deepEqual([status, location.pathname], [302, '/api/v1/users/4000000000000000001/status']);
  assert.notEqual(location.origin, under.fastio.url);
  assert.equal(under.suspended(), false);
  await assertOnce(under);
});

test('oversize: the change is made and the answer is right but longer than 10 MiB', async (t) => {
  const under = await suspendUnder(t, 'oversize');
  const { text, json } = await under.attempt();
  assert.ok(Buffer.byteLength(text) > 10 * 1024 * 1024);
  assert.equal((json['user'] as { status: string }).status, 'suspended');
  await assertOnce(under);
});

test('a slow body arrives complete, but only after its time', async (t) => {
  const under = await suspendUnder(t, { slowBodyMs: 120 });
  const start = performance.now();
  const { json } = await under.attempt();
  assert.ok(performance.now() - start >= 100);
  assert.equal((json['user'] as { status: string }).status, 'suspended');
  await assertOnce(under);
});

test('faults of the body give a bodiless answer a body to break', async (t) => {
  const { fastio, suspend, remove } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  await suspend(id);
  fastio.fail('remove', 'half-json');
  assert.deepEqual([(await remove(id)).status, (await remove(id)).status], [200, 404]);
});

test('a fault strikes only its call and its subject, as often as asked, oldest first', async (t) => {
  const { fastio, suspend, workspacesOf, members } = await fastioFor(t);
  const [one, two] = ['a@example.com', 'b@example.com'].map((email) => fastio.scenario.addUser({ email }).id) as [string, string];
  const first = fastio.fail({ call: 'inventory', subject: one }, { status: 503 }, { times: 2 });
  fastio.fail('inventory', { status: 500 });
  fastio.fail({ call: 'resolve', subject: 'A@example.com' }, { status: 429 });
  const statuses: number[] = [];
  for (const userId of [two, one, one, one]) statuses.push((await workspacesOf(userId)).status);
  assert.deepEqual(statuses, [500, 503, 503, 200]);
  assert.equal(first.hits, 2);
  assert.deepEqual([(await suspend(one)).status, (await members('?email=b@example.com')).status], [200, 200]);
  assert.equal((await members('?email=a@example.com')).status, 429);
});

test('a lasting fault strikes until it is cleared', async (t) => {
  const { fastio, get } = await fastioFor(t);
  const fault = fastio.fail('listWebhooks', { status: 503 }, { times: Number.POSITIVE_INFINITY });
  for (const _ of [1, 2, 3]) assert.equal((await get('/api/v1/webhooks')).status, 503);
  fault.clear();
  assert.equal((await get('/api/v1/webhooks')).status, 200);
  fastio.fail('listWebhooks', { status: 503 });
  fastio.clearFaults();
  assert.equal((await get('/api/v1/webhooks')).status, 200);
});
