import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, hang, page, type Scene, scriptedServer } from '../targets/support/scripted-server.ts';
import { changing, clientOf, reading, TOKEN } from './support/http.ts';

const OK = answer(200, { id: '1' });

test('an expected answer comes back parsed, without what nobody asked for', async (t) => {
  const { url } = await scriptedServer(t, [answer(200, { id: '1', extra: true })]);
  const { client } = clientOf(t, url);
  assert.deepEqual(await client.request(reading()), { kind: 'answer', status: 200, body: { id: '1' } });
});

test('a status the caller expects is an answer, whatever it means elsewhere', async (t) => {
  const { url } = await scriptedServer(t, [answer(404, { error: { code: 'not_found' } })]);
  const result = await clientOf(t, url).client.request(reading());
  assert.equal(result.kind === 'answer' && result.status, 404);
});

test('an empty body is null, where the caller allows it', async (t) => {
  const { url } = await scriptedServer(t, [answer(204)]);
  assert.deepEqual(await clientOf(t, url).client.request(changing(true)), { kind: 'answer', status: 204, body: null });
});

test('an empty body where one is needed is a fault', async (t) => {
  const { url } = await scriptedServer(t, [answer(200)]);
  const result = await clientOf(t, url).client.request(reading());
  assert.equal(result.kind === 'fault' && result.cause, 'misshapen');
});

test('a missing field is named by its path, and asking again is left to a person', async (t) => {
  const { url } = await scriptedServer(t, [answer(200, { name: 'x' })]);
  const result = await clientOf(t, url).client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.equal(result.retryable, false);
  assert.match(result.message, /^acme: GET \/items\/1 answered 200 in an unknown shape \(id: .*expected string.*\)\. Leaver asked once/);
});

const NOT_JSON: readonly (readonly [string, Scene])[] = [
  ['HTML with status 200', page(200, '<html>sign in</html>')],
  ['half the JSON', page(200, '{"id":')],
  ['HTML with status 404 where 404 means something', page(404, '<html>no such page</html>')],
  ['HTML with status 502', page(502, '<html>bad gateway</html>')],
  ['an empty 503', answer(503)],
  [
    'JSON that breaks off',
    (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"id"');
      setTimeout(() => response.destroy(), 10);
    },
  ],
];

for (const [what, scene] of NOT_JSON) {
  test(`${what} is asked for again`, async (t) => {
    const { url, seen } = await scriptedServer(t, [scene, OK]);
    assert.equal((await clientOf(t, url).client.request(reading())).kind, 'answer');
    assert.equal(seen.length, 2);
  });
}

test('a redirect is not followed, so that the token stays with the target', async (t) => {
  const elsewhere = await scriptedServer(t, []);
  const { url } = await scriptedServer(t, [answer(302, undefined, { location: `${elsewhere.url}/items/1` })]);
  const result = await clientOf(t, url).client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.cause, result.retryable, result.status], ['redirected', false, 302]);
  assert.match(result.message, /Redirects are not followed/);
});

test('an answer over 10 MiB is refused', async (t) => {
  const { url } = await scriptedServer(t, [page(200, JSON.stringify({ id: '1', padding: 'x'.repeat(10 * 1024 * 1024) }))]);
  const result = await clientOf(t, url).client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.cause, result.retryable], ['oversize', false]);
});

test('an answer just under 10 MiB is read', async (t) => {
  const { url } = await scriptedServer(t, [page(200, JSON.stringify({ id: '1', padding: 'x'.repeat(10 * 1024 * 1024 - 100) }))]);
  assert.equal((await clientOf(t, url, { timeoutMs: 5000 }).client.request(reading())).kind, 'answer');
});

test('a target that hangs is given up after the timeout, each time', async (t) => {
  const { url } = await scriptedServer(t, [hang, hang, hang]);
  const result = await clientOf(t, url).client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.cause, result.retryable, result.effect], ['timed-out', true, 'none']);
  assert.match(result.message, /(UND_ERR_HEADERS_TIMEOUT|DEADLINE).*Leaver asked 3 times, and tries again later\.$/);
});

test('an answer whose body stops is given up after the timeout', async (t) => {
  const stops: Scene = (response) => void response.writeHead(200).write('{"id"');
  const { url } = await scriptedServer(t, [stops, OK]);
  assert.equal((await clientOf(t, url).client.request(reading())).kind, 'answer');
});

test('an answer that drips for ever is given up after three times the timeout', { timeout: 5000 }, async (t) => {
  const drips: Scene = (response) => {
    response.writeHead(200);
    const dripping = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(dripping));
  };
  const { url } = await scriptedServer(t, [drips]);
  const { client } = clientOf(t, url, { retry: { attempts: 1, minDelayMs: 1, maxDelayMs: 1 } });
  const result = await client.request(reading());
  assert.match(result.kind === 'fault' ? result.message : '', /DEADLINE/);
});

test('the token never appears in a fault or in the log, whatever the server echoes', async (t) => {
  const echoes =
    (status: number): Scene =>
    (response, { headers }) => {
      const secret = headers.authorization ?? '';
      const code = secret.split(' ')[1];
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { code, message: secret }, id: { secret } }));
    };
  const { url } = await scriptedServer(t, [echoes(400), echoes(401), echoes(200), echoes(503), echoes(503), echoes(503)]);
  const { client, lines } = clientOf(t, url);
  for (const _ of [1, 2, 3, 4]) {
    const result = await client.request(reading());
    assert.ok(result.kind === 'fault');
    assert.ok(!JSON.stringify(result).includes(TOKEN), result.message);
  }
  assert.ok(lines.length >= 6);
  assert.ok(!lines.join('').includes(TOKEN));
});

test('a refused token names the setting that holds it', async (t) => {
  const { url } = await scriptedServer(t, [answer(401, { error: { code: 'unauthorized', message: 'no' } })]);
  const result = await clientOf(t, url).client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.equal(
    result.message,
    'acme: GET /items/1 answered 401 (unauthorized). Leaver asked once, and does not try again by itself. The token in targets[acme].token is not accepted: put a valid one there, then retry.',
  );
  assert.equal(result.targetCode, 'unauthorized');
});
