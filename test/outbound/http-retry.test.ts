import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, breakOff, deadUrl, hang, page, type Scene, scriptedServer } from '../targets/support/scripted-server.ts';
import { changing, clientOf, reading } from './support/http.ts';

const OK = answer(200, { id: '1' });

test('a read is asked for again with growing pauses, and then given up', async (t) => {
  const { url } = await scriptedServer(t, [answer(503), breakOff, answer(500)]);
  const { client, clock } = clientOf(t, url);
  const result = await client.request(reading());
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.effect, result.retryable, result.status], ['none', true, 500]);
  assert.deepEqual(clock.slept, [75, 150]);
});

const UNCLEAR: readonly (readonly [string, Scene])[] = [
  ['a lost answer', breakOff],
  ['no answer in time', hang],
  ['a server error', answer(500)],
  ['a gateway that gave up', page(504, '<html>')],
  ['a page instead of JSON', page(200, '<html>')],
];

for (const [what, scene] of UNCLEAR) {
  test(`after ${what}, a change that must not happen twice is not repeated, and its effect is called unclear`, async (t) => {
    const { url } = await scriptedServer(t, [scene]);
    const result = await clientOf(t, url).client.request(changing(false));
    assert.ok(result.kind === 'fault');
    assert.deepEqual([result.effect, result.retryable], ['unclear', true]);
    assert.match(result.message, /whether it took effect is not known/);
  });

  test(`after ${what}, a change that may happen twice is repeated`, async (t) => {
    const { url } = await scriptedServer(t, [scene, OK]);
    assert.equal((await clientOf(t, url).client.request(changing(true))).kind, 'answer');
  });
}

test('a change that was turned away with 429 is repeated, even if it must not happen twice', async (t) => {
  const { url } = await scriptedServer(t, [answer(429), OK]);
  assert.equal((await clientOf(t, url).client.request(changing(false))).kind, 'answer');
});

test('a change that never reached the target is repeated, and certainly had no effect', async (t) => {
  const { client, clock } = clientOf(t, await deadUrl());
  const result = await client.request(changing(false));
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.cause, result.effect, result.retryable], ['unreachable', 'none', true]);
  assert.equal(clock.slept.length, 2);
});

test('a name that does not exist never had an effect', async (t) => {
  const result = await clientOf(t, 'http://leaver-test.invalid').client.request(changing(false));
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.cause, result.effect], ['unreachable', 'none']);
});

test('an effect that was unclear once stays unclear, whatever the later tries say', async (t) => {
  const { url } = await scriptedServer(t, [breakOff, answer(403)]);
  const result = await clientOf(t, url).client.request(changing(true));
  assert.ok(result.kind === 'fault');
  assert.deepEqual([result.effect, result.status, result.retryable], ['unclear', 403, false]);
});

for (const status of [400, 401, 403, 404, 405, 422, 501]) {
  test(`${status} is not asked for again, neither now nor later`, async (t) => {
    const { url } = await scriptedServer(t, [answer(status)]);
    const result = await clientOf(t, url).client.request(changing(true));
    assert.ok(result.kind === 'fault');
    assert.deepEqual([result.retryable, result.effect], [false, 'none']);
  });
}

for (const [status, code] of [
  [409, 'conflict'],
  [423, 'locked'],
] as const) {
  test(`${status} ${code} is left to a later attempt`, async (t) => {
    const { url } = await scriptedServer(t, [answer(status, { error: { code } })]);
    const result = await clientOf(t, url).client.request(changing(true));
    assert.ok(result.kind === 'fault');
    assert.deepEqual([result.retryable, result.effect, result.targetCode], [true, 'none', code]);
  });
}

test('Retry-After in seconds is waited for', async (t) => {
  const { url } = await scriptedServer(t, [answer(429, undefined, { 'retry-after': '3' }), OK]);
  const { client, clock } = clientOf(t, url);
  await client.request(reading());
  assert.deepEqual(clock.slept, [3050]);
});

test('Retry-After as an HTTP date is waited for', async (t) => {
  const { url } = await scriptedServer(t, [answer(503, undefined, { 'retry-after': 'Mon, 02 Mar 2026 08:00:04 GMT' }), OK]);
  const { client, clock } = clientOf(t, url);
  await client.request(reading());
  assert.deepEqual(clock.slept, [4050]);
});

for (const [form, header] of [
  ['seconds', '60'],
  ['an HTTP date', 'Mon, 02 Mar 2026 08:01:00 GMT'],
] as const) {
  test(`a long Retry-After in ${form} ends the call at once and is handed on`, async (t) => {
    const { url } = await scriptedServer(t, [answer(429, undefined, { 'retry-after': header })]);
    const { client, clock } = clientOf(t, url);
    const result = await client.request(reading());
    assert.ok(result.kind === 'fault');
    assert.deepEqual([result.retryAfterMs, result.retryable, clock.slept.length], [60_000, true, 0]);
  });
}

test('an abort ends a call that is under way', async (t) => {
  const aborting = new AbortController();
  const { url } = await scriptedServer(t, [() => aborting.abort(new Error('stopping'))]);
  await assert.rejects(clientOf(t, url).client.request(reading({ signal: aborting.signal })), /stopping/);
});

test('an abort ends a pause between two tries', async (t) => {
  const aborting = new AbortController();
  const { url } = await scriptedServer(t, [answer(503)]);
  const { clock } = clientOf(t, url);
  const sleep = async (ms: number, signal?: AbortSignal) => {
    aborting.abort(new Error('stopping'));
    await clock.sleep(ms, signal);
  };
  const { client } = clientOf(t, url, { clock: { ...clock, sleep } });
  await assert.rejects(client.request(reading({ signal: aborting.signal })), /stopping/);
});

test('a call whose signal is aborted already is not sent', async (t) => {
  const { url } = await scriptedServer(t, []);
  await assert.rejects(clientOf(t, url).client.request(reading({ signal: AbortSignal.abort(new Error('stopping')) })), /stopping/);
});
