import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { LeaverError } from '../../src/kernel/errors.ts';
import { answer, scriptedServer } from '../targets/support/scripted-server.ts';
import { changing, clientOf, reading, TOKEN } from './support/http.ts';

const OK = answer(200, { id: '1' });

test('a change carries who we are, its idempotency key and its body', async (t) => {
  const { url, seen } = await scriptedServer(t, [OK]);
  await clientOf(t, url).client.request(changing(true));
  const { method, headers, body } = seen[0] ?? assert.fail();
  assert.deepEqual([method, body], ['POST', '{"to":"2"}']);
  assert.equal(headers.authorization, `Bearer ${TOKEN}`);
  assert.equal(headers['idempotency-key'], 'step-1');
  assert.equal(headers['user-agent'], 'leaver');
  assert.equal(headers['content-type'], 'application/json');
});

test('every try of a change carries the same idempotency key', async (t) => {
  const { url, seen } = await scriptedServer(t, [answer(503), OK]);
  await clientOf(t, url).client.request(changing(true));
  assert.deepEqual(
    seen.map(({ headers }) => headers['idempotency-key']),
    ['step-1', 'step-1'],
  );
});

test('a read carries no idempotency key', async (t) => {
  const { url, seen } = await scriptedServer(t, [OK]);
  await clientOf(t, url).client.request(reading());
  assert.equal(seen[0]?.headers['idempotency-key'], undefined);
});

test('segments and query are encoded below the path of the base URL', async (t) => {
  const { url, seen } = await scriptedServer(t, [OK]);
  const { client } = clientOf(t, `${url}/prefix/`);
  await client.request({ ...reading({ path: ['a/b', '../c', 'd?e#f', '%2e%2e'] }), query: { email: 'ann+x@example.com', limit: 100 } });
  assert.equal(seen[0]?.url, '/prefix/a%2Fb/..%2Fc/d%3Fe%23f/%252e%252e?email=ann%2Bx%40example.com&limit=100');
});

for (const segment of ['', '.', '..']) {
  test(`the path segment ${JSON.stringify(segment)} is refused before anything is sent`, async (t) => {
    const { url } = await scriptedServer(t, []);
    const { client } = clientOf(t, url);
    await assert.rejects(async () => client.request(reading({ path: ['items', segment] })), LeaverError);
  });
}

test('a worker that may no longer act sends nothing', async (t) => {
  const { url } = await scriptedServer(t, []);
  const fenced = new Error('claim lost');
  const beforeCall = () => {
    throw fenced;
  };
  await assert.rejects(clientOf(t, url).client.request(changing(true, { beforeCall })), fenced);
});

test('a worker that loses its claim between two tries does not try again', async (t) => {
  const { url } = await scriptedServer(t, [answer(503)]);
  const fenced = new TypeError('claim lost');
  let calls = 0;
  const beforeCall = () => {
    calls += 1;
    if (calls === 2) throw fenced;
  };
  await assert.rejects(clientOf(t, url).client.request(changing(true, { beforeCall })), fenced);
});

test('each call is one debug line without the query', async (t) => {
  const { url } = await scriptedServer(t, [OK]);
  const { client, lines } = clientOf(t, url);
  await client.request({ ...reading(), query: { email: 'ann@example.com' } });
  const [line, ...others] = lines.map((text) => JSON.parse(text));
  assert.equal(others.length, 0);
  assert.equal(line.level, 20);
  assert.deepEqual([line.target, line.method, line.path, line.status], ['acme', 'GET', '/items/1', 200]);
  assert.equal(typeof line.ms, 'number');
  assert.doesNotMatch(lines.join(''), /ann/);
});

test('a credential that cannot stand in a header is a fault that does not show it', async (t) => {
  const { url } = await scriptedServer(t, []);
  const { client } = clientOf(t, url, { headers: () => ({ authorization: 'Bearer secret\nvalue' }) });
  const result = await client.request({ method: 'GET', path: ['x'], expect: { 200: z.unknown() }, signal: new AbortController().signal });
  assert.ok(result.kind === 'fault');
  assert.equal(result.cause, 'own-mistake');
  assert.doesNotMatch(result.message, /secret|value/);
});

test('a change may be a form, without a key, and with a token of its own call', async (t) => {
  const { url, seen } = await scriptedServer(t, [OK]);
  const { idempotencyKey: _, body: __, ...call } = changing(true);
  await clientOf(t, url).client.request({ ...call, form: { a: '1 2', b: '&' }, auth: { authorization: 'Bearer other' } });
  const { headers, body } = seen[0] ?? assert.fail();
  assert.deepEqual([headers['content-type'], body], ['application/x-www-form-urlencoded', 'a=1+2&b=%26']);
  assert.deepEqual([headers.authorization, headers['idempotency-key']], ['Bearer other', undefined]);
});

test('a secret of a form is not shown, though the server gives it back as its error', async (t) => {
  const { url } = await scriptedServer(t, [answer(400, { error: 's3cret-of-the-app' }), answer(400, { error: 'invalid_client' })]);
  const { client } = clientOf(t, url);
  const call = { ...changing(true), form: { client_secret: 's3cret-of-the-app' } };
  const echoed = await client.request(call);
  assert.ok(echoed.kind === 'fault' && !echoed.message.includes('s3cret'));
  const plain = await client.request(call);
  assert.equal(plain.kind === 'fault' && plain.targetCode, 'invalid_client');
});
