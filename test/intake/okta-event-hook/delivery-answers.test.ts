import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BODY_LIMIT } from '../../../src/http/build-http.ts';
import { type Message, send } from '../../http/support/send.ts';
import { SECRET, startHookServer } from '../support/hook-server.ts';
import { deliveryOf, envelope } from './fixtures.ts';

const AUTHORIZED = ['Authorization', SECRET] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const EMPTY = JSON.stringify(envelope([]));

function post(url: string, message: Message, where = '/intake/okta/okta-main/events') {
  return send(`${url}${where}`, { method: 'POST', headers: [AUTHORIZED, JSON_TYPE], ...message });
}

/** A valid delivery of exactly so many bytes. */
function deliveryOfSize(bytes: number): string {
  const body = JSON.stringify({ ...envelope([]), padding: '' });
  return body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
}

test('a delivery is answered 204 with nothing in it, and handed on with what proved it', async (t) => {
  const { url, accepted } = await startHookServer(t);
  const body = JSON.stringify(await deliveryOf('delivery-user-lifecycle-deactivate-COMPOSED'));
  const { status, headers, text } = await post(url, { body });
  assert.deepEqual([status, text, headers['content-length'], headers['content-type']], [204, '', undefined, undefined]);
  const [signal, ...more] = accepted;
  assert.ok(signal && more.length === 0);
  const { connection, channel, kind, verifiedBy, bodySha256 } = signal;
  assert.deepEqual(
    [connection, channel, kind, verifiedBy],
    ['okta-main', 'okta-event-hook', 'user.lifecycle.deactivate', 'eventHook.secrets[0]'],
  );
  assert.match(bodySha256, /^[0-9a-f]{64}$/);
});

test('the content type does not matter, nor a trailing slash, nor a byte order mark', async (t) => {
  const { url } = await startHookServer(t);
  for (const type of ['application/json; charset=utf-8', 'text/plain', 'application/cloudevents+json', 'application/xml', 'x/y; a=b']) {
    const answer = await post(url, { headers: [AUTHORIZED, ['Content-Type', type]], body: EMPTY });
    assert.equal(answer.status, 204, `content type "${type}"`);
  }
  assert.equal((await post(url, { headers: [AUTHORIZED], body: EMPTY })).status, 204, 'no content type');
  assert.equal((await post(url, { body: EMPTY }, '/intake/okta/okta-main/events/')).status, 204, 'trailing slash');
  assert.equal((await post(url, { body: `\ufeff${EMPTY}` })).status, 204, 'byte order mark');
  assert.equal((await post(url, { body: EMPTY, chunked: true })).status, 204, 'chunks');
});

const REFUSED: readonly (readonly [string, string | Uint8Array | undefined])[] = [
  ['no body', undefined],
  ['an empty body', ''],
  ['half of the JSON', EMPTY.slice(0, -1)],
  ['two JSON texts', `${EMPTY}${EMPTY}`],
  ['a form', 'data=1'],
  ['JSON that is no delivery', '{"hello":"world"}'],
  ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"data":{"events":[]},"x":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
  [
    'a character cut in two',
    Buffer.concat([Buffer.from('{"data":{"events":[]},"x":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
  ],
  ['UTF-16', Buffer.from(EMPTY, 'utf16le')],
  ['brackets without end', '['.repeat(1_000_000)],
];

for (const [what, body] of REFUSED) {
  test(`what is no event hook body is refused with 400 and never stored: ${what}`, async (t) => {
    const { url, accepted } = await startHookServer(t);
    const { status, headers, text } = await post(url, body === undefined ? {} : { body });
    assert.equal(status, 400, text);
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.match(text, /Nothing was stored/);
    assert.deepEqual(accepted, []);
  });
}

test('a body of one MiB is taken, one byte more is 413, with its length told or in chunks', async (t) => {
  const { url, accepted } = await startHookServer(t);
  assert.equal(BODY_LIMIT, 1_048_576);
  assert.equal((await post(url, { body: deliveryOfSize(BODY_LIMIT) })).status, 204);
  assert.equal((await post(url, { body: deliveryOfSize(BODY_LIMIT), chunked: true })).status, 204);
  assert.equal((await post(url, { body: '{', claimedLength: BODY_LIMIT + 1 })).status, 413);
  const { status, text } = await post(url, { body: deliveryOfSize(BODY_LIMIT + 1), chunked: true });
  assert.equal(status, 413);
  assert.match(text, /urn:leaver:problem:payload-too-large/);
  assert.deepEqual(accepted, []);
});
