import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BODY_LIMIT } from '../../../src/http/build-http.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { signMessage } from '../../../src/sandbox/hr.ts';
import { type Answer, type Message, send } from '../../http/support/send.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from './fixtures.ts';
import { startWebhookServer } from './webhook-server.ts';

const NOW = 1_790_000_000;
const CLOCK: Clock = { ...systemClock, now: () => new Date(NOW * 1_000) };
const BODY = JSON.stringify({ type: 'employee.terminated', data: { email: 'ada@example.com' } });

interface Sending {
  readonly body?: string | Uint8Array;
  readonly secret?: string;
  readonly id?: string;
  readonly timestamp?: number;
  readonly connection?: string;
  readonly message?: Message;
  readonly where?: string;
}

function headersOf({ body = BODY, secret = SECRET, id = 'msg_1', timestamp = NOW }: Sending): (readonly [string, string])[] {
  const signature = signMessage(secret, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)]));
  return [
    ['webhook-id', id],
    ['webhook-timestamp', String(timestamp)],
    ['webhook-signature', signature],
  ];
}

async function post(url: string, sending: Sending = {}): Promise<Answer> {
  const { body = BODY, connection = 'hr', message = {}, where = `/intake/webhook/${connection}` } = sending;
  return await send(`${url}${where}`, { method: 'POST', headers: headersOf(sending), body, ...message });
}

test('a message is answered 202 with nothing in it, and handed on with what proved it', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK });
  const { status, text, headers } = await post(url);
  assert.deepEqual([status, text, headers['content-length']], [202, '', '0']);
  const [signal, ...more] = accepted;
  assert.ok(signal && more.length === 0);
  const { connection, channel, kind, eventId, verifiedBy, meaning } = signal;
  assert.deepEqual(
    [connection, channel, kind, eventId, verifiedBy, meaning],
    ['hr', 'standard-webhook', 'employee.terminated', 'msg_1', 'secrets[0]', 'offboard'],
  );
  assert.match(signal.bodySha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(signal.occurredAt, new Date(NOW * 1_000));
});

test('the content type does not matter, nor a trailing slash, nor chunks', async (t) => {
  const { url } = await startWebhookServer(t, { clock: CLOCK });
  for (const type of ['application/json', 'text/plain', 'application/octet-stream', 'x/y; a=b']) {
    const message = { headers: [...headersOf({}), ['content-type', type] as const] };
    assert.equal((await post(url, { message })).status, 202, type);
  }
  assert.equal((await post(url, { where: '/intake/webhook/hr/' })).status, 202);
  assert.equal((await post(url, { message: { chunked: true } })).status, 202);
});

test('the signature is over the bytes as they came: the same JSON written otherwise is another message', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK });
  for (const body of [JSON.stringify(JSON.parse(BODY), null, 1), `${BODY} `, `\ufeff${BODY}`, BODY.replace('ada', '\\u0061da')]) {
    assert.equal((await post(url, { message: { body } })).status, 401);
    assert.equal((await post(url, { body })).status, 202);
  }
  assert.equal(accepted.length, 4);
});

/** The secret without some of its bytes. */
function cut(from: number, to?: number): string {
  return `whsec_${Buffer.from(SECRET.slice('whsec_'.length), 'base64').subarray(from, to).toString('base64')}`;
}

test('what is not proven is 401, says what to look at, and is never stored', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK });
  const refusals: readonly (readonly [Sending, RegExp])[] = [
    [{ secret: OTHER_SECRET }, /no signature of it was made/],
    [{ secret: PRIVATE_KEY }, /no signature of it was made/],
    [{ secret: cut(0, -1) }, /no signature of it was made/],
    [{ secret: cut(1) }, /no signature of it was made/],
    [{ timestamp: NOW - 301 }, /301 seconds behind the clock here, and 300 are allowed/],
    [{ timestamp: NOW + 301 }, /301 seconds ahead of the clock here/],
    [{ id: 'msg.1' }, /webhook-id/],
    [{ message: { headers: [] } }, /webhook-id is missing/],
    [{ message: { headers: headersOf({ id: 'msg_2' }).with(0, ['webhook-id', 'msg_1']) } }, /no signature of it was made/],
    [{ message: { headers: [...headersOf({}), ['webhook-id', 'msg_1']] } }, /webhook-id/],
    [{ message: { body: 'not even JSON' } }, /no signature of it was made/],
  ];
  for (const [sending, reason] of refusals) {
    const { status, text, headers } = await post(url, sending);
    assert.equal(status, 401, text);
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.match(text, reason);
    assert.match(text, /Nothing was stored/);
    assert.ok(!text.includes(SECRET.slice(6)));
  }
  for (const timestamp of [NOW - 300, NOW + 300]) {
    assert.equal((await post(url, { timestamp })).status, 202);
  }
  assert.equal(accepted.length, 2);
});

test('who proved itself and sends no JSON object is told so: 400', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK });
  const bodies = ['', '{', '[]', 'null', '7', '"text"', `${BODY}${BODY}`, Buffer.from([0x7b, 0xc3, 0x28, 0x7d]), '['.repeat(1_000_000)];
  for (const body of bodies) {
    const { status, text } = await post(url, { body });
    assert.equal(status, 400, text);
    assert.match(text, /Nothing was stored/);
  }
  assert.deepEqual(accepted, []);
});

test('a connection that is not one of webhooks is 404, whatever it carries', async (t) => {
  const { url } = await startWebhookServer(t, { clock: CLOCK });
  for (const connection of ['nobody', 'HR', 'hr%2e', '__proto__', 'okta-main', 'x'.repeat(5_000)]) {
    assert.equal((await post(url, { connection })).status, 404, connection);
    assert.equal((await post(url, { connection, message: { headers: [] } })).status, 404, connection);
  }
  assert.equal((await send(`${url}/intake/webhook/hr`)).status, 404);
});

test('the secret of one connection does not open another', async (t) => {
  const webhooks = [{ connection: 'hr-a' }, { connection: 'hr-b', secrets: [OTHER_SECRET] }];
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK, webhooks });
  assert.equal((await post(url, { connection: 'hr-b' })).status, 401);
  assert.equal((await post(url, { connection: 'hr-a' })).status, 202);
  assert.deepEqual(
    accepted.map(({ connection }) => connection),
    ['hr-a'],
  );
});

test('each connection has a tolerance of its own', async (t) => {
  const { url } = await startWebhookServer(t, { clock: CLOCK, webhooks: [{ toleranceSeconds: 10 }] });
  assert.deepEqual([(await post(url, { timestamp: NOW - 10 })).status, (await post(url, { timestamp: NOW - 11 })).status], [202, 401]);
});

test('a body of one MiB is taken, and one byte more is 413; without the headers none is read', async (t) => {
  const { url } = await startWebhookServer(t, { clock: CLOCK });
  const padded = (bytes: number) => BODY.replace('}}', `},"padding":"${'x'.repeat(bytes - BODY.length - 13)}"}`);
  assert.equal(padded(BODY_LIMIT).length, BODY_LIMIT);
  assert.equal((await post(url, { body: padded(BODY_LIMIT) })).status, 202);
  assert.equal((await post(url, { body: padded(BODY_LIMIT + 1) })).status, 413);
  assert.equal((await post(url, { message: { headers: [], body: '{', claimedLength: 1_000_000 } })).status, 401);
  assert.equal((await post(url, { timestamp: NOW - 301, message: { body: '{', claimedLength: 1_000_000 } })).status, 401);
});

test('what cannot be stored is 503 with a moment to try again', async (t) => {
  const accept = async (): Promise<never> => {
    throw new LeaverError('unavailable', 'The message cannot be stored now, so it was not accepted. Send it again.', {
      retryAfterMs: 5_000,
    });
  };
  const { url } = await startWebhookServer(t, { clock: CLOCK, accept });
  const { status, headers } = await post(url);
  assert.deepEqual([status, headers['retry-after']], [503, '5']);
});

test('while a secret is changed, the old and the new one are good, and a pair of keys beside them; the record tells which it was', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK, webhooks: [{ secrets: [OTHER_SECRET, SECRET, PUBLIC_KEY] }] });
  for (const secret of [SECRET, OTHER_SECRET, PRIVATE_KEY]) {
    assert.equal((await post(url, { secret })).status, 202);
  }
  assert.deepEqual(
    accepted.map(({ verifiedBy }) => verifiedBy),
    ['secrets[1]', 'secrets[0]', 'secrets[2]'],
  );
});
