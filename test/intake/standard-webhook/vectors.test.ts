import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readEnvelope } from '../../../src/intake/standard-webhook/verify.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { send } from '../../http/support/send.ts';
import { fixture, OTHER_PUBLIC_KEY, SECRET, type Vector } from './fixtures.ts';
import { startWebhookServer } from './webhook-server.ts';

/** Each vector and what it is refused for; null where it passes. */
const VECTORS: Readonly<Record<string, RegExp | null>> = {
  'vector-1-valid': null,
  'vector-1-multi-signature-list': null,
  'vector-1-wrong-last-char': /no signature of it was made/,
  'vector-1-timestamp-too-old': /timestamp is 301 seconds behind/,
  'vector-1-timestamp-in-future': /timestamp is 301 seconds ahead/,
  'vector-1-missing-id': /webhook-id is missing/,
  'vector-1-missing-timestamp': /webhook-timestamp is missing/,
  'vector-1-missing-signature': /webhook-signature is missing/,
};

function stoppedAt(seconds: number): Clock {
  return { ...systemClock, now: () => new Date(seconds * 1_000) };
}

for (const [name, refusal] of Object.entries(VECTORS)) {
  test(`${name} ${refusal ? 'is refused' : 'is taken'}`, async (t) => {
    const { secret, clock, valid, request } = (await fixture(name)) as Vector;
    assert.equal(valid, refusal === null);
    const { url, accepted } = await startWebhookServer(t, { webhooks: [{ secrets: [secret] }], clock: stoppedAt(clock) });
    const { headers, body } = request;
    const { status, text } = await send(`${url}/intake/webhook/hr`, { method: 'POST', headers: Object.entries(headers), body });
    assert.equal(status, valid ? 202 : 401, text);
    assert.match(text, refusal ?? /^$/);
    // Its payload, {"test": 2432232314}, has no type: proven, kept, and not acted on.
    assert.deepEqual(
      accepted.map(({ eventId, isRefused }) => [eventId, isRefused]),
      valid ? [['msg_p5jXN8AQM9LWM0D4loKWxJek', true]] : [],
    );
  });
}

test('the headers that the specification prints are read; without its keys, nobody is believed', async (t) => {
  const { headers, body } = (await fixture('spec-example-headers')) as Vector['request'];
  const envelope = readEnvelope(headers);
  assert.ok(typeof envelope === 'object');
  assert.deepEqual(
    [envelope.id, envelope.timestamp, envelope.signatures.split(' ').length],
    ['msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', '1674087231', 2],
  );
  const { url, accepted } = await startWebhookServer(t, {
    webhooks: [{ secrets: [SECRET, OTHER_PUBLIC_KEY] }],
    clock: stoppedAt(1_674_087_231),
  });
  const { status } = await send(`${url}/intake/webhook/hr`, { method: 'POST', headers: Object.entries(headers), body });
  assert.deepEqual([status, accepted], [401, []]);
});

test('every published file is used here or in the test of payloads', async () => {
  const files = await readdir(path.join(import.meta.dirname, '..', '..', 'fixtures', 'standard-webhooks'));
  const names = files.filter((file) => file.endsWith('.json')).map((file) => path.basename(file, '.json'));
  assert.deepEqual(names.sort(), [...Object.keys(VECTORS), 'spec-example-headers', 'payload-full-form'].sort());
});
