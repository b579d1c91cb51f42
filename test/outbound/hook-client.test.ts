import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHookClient } from '../../src/outbound/hook-client.ts';
import { keptLog } from '../targets/support/log-lines.ts';
import { movingClock } from '../targets/support/moving-clock.ts';
import { answer, breakOff, deadUrl, hang, page, type Scene, scriptedServer } from '../targets/support/scripted-server.ts';

const SECRET_PATH = '/services/T000/B000/secret-of-the-hook';
const ALIVE = new AbortController().signal;

function hookTo(t: TestContext, url: string) {
  const { log, lines } = keptLog();
  const client = createHookClient({
    name: 'slack',
    url: `${url}${SECRET_PATH}?key=also-secret`,
    timeoutMs: 200,
    clock: movingClock(),
    log,
  });
  t.after(() => client.close());
  return { post: async (signal = ALIVE) => await client.post({ body: '{"a":1}', headers: { 'x-mark': 'm' }, signal }), lines };
}

test('the body goes out as it is, with the headers of the caller, to the whole address', async (t) => {
  const server = await scriptedServer(t, [page(200, 'ok')]);
  const { post } = hookTo(t, server.url);
  assert.deepEqual(await post(), { kind: 'taken', status: 200 });
  const [seen] = server.seen;
  assert.deepEqual([seen?.method, seen?.url, seen?.body], ['POST', `${SECRET_PATH}?key=also-secret`, '{"a":1}']);
  assert.deepEqual([seen?.headers['x-mark'], seen?.headers['content-type']], ['m', 'application/json']);
});

test('any 2xx has taken it, whatever else the answer holds', async (t) => {
  const endless: Scene = (response) => void response.writeHead(202).write('x'.repeat(200_000));
  const scenes = [answer(204), page(202, '<html>'), endless];
  const { post } = hookTo(t, (await scriptedServer(t, scenes)).url);
  assert.deepEqual([(await post()).kind, (await post()).kind, (await post()).kind], ['taken', 'taken', 'taken']);
});

test('everything else has not, and is told without the address', async (t) => {
  const there = await scriptedServer(t, [
    answer(403),
    answer(429, {}, { 'retry-after': '30' }),
    answer(302, {}, { location: '/' }),
    breakOff,
    hang,
  ]);
  const { post, lines } = hookTo(t, there.url);
  const failed = [await post(), await post(), await post(), await post(), await post()];
  const away = await hookTo(t, await deadUrl()).post();
  const told = [...failed, away].map((one) => (one.kind === 'failed' ? [one.cause, one.retryAfterMs] : one.kind));
  assert.deepEqual(told, [
    ['permission', undefined],
    ['too-busy', 30_000],
    ['redirected', undefined],
    ['lost', undefined],
    ['timed-out', undefined],
    ['unreachable', undefined],
  ]);
  assert.doesNotMatch(JSON.stringify(failed) + lines.join(''), /secret/);
});

test('a post that is called off comes back, and nobody waits for it', async (t) => {
  const { post } = hookTo(t, (await scriptedServer(t, [])).url);
  assert.equal((await post(AbortSignal.abort())).kind, 'failed');
});
