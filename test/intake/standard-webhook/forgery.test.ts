import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { signMessage } from '../../../src/sandbox/hr.ts';
import { send } from '../../http/support/send.ts';
import { runs } from '../../support/sweep.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from './fixtures.ts';
import { startWebhookServer } from './webhook-server.ts';

const NOW = 1_790_000_000;
const CLOCK: Clock = { ...systemClock, now: () => new Date(NOW * 1_000) };

/** A message as it goes over the wire. */
interface Wire {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Buffer;
}

/** A message that was signed as it should be, with one of the two secrets. */
const genuine = fc
  .record({
    id: fc.stringMatching(/^[\w-]{1,20}$/),
    timestamp: fc.integer({ min: NOW - 300, max: NOW + 300 }).map(String),
    secret: fc.constantFrom(SECRET, PRIVATE_KEY),
    body: fc.oneof(
      fc.constant(Buffer.from('{"type":"employee.terminated","data":{"email":"ada@example.com"}}')),
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(({ secret, ...rest }): Wire => {
    const signed = Buffer.concat([Buffer.from(`${rest.id}.${rest.timestamp}.`), rest.body]);
    return { ...rest, signature: signMessage(secret, signed) };
  });

const place = fc.nat({ max: 1_000 });
const headerText = fc.stringMatching(/^[!-~]{1,40}$/);

/** What somebody in the middle may do to it. */
const tampering: fc.Arbitrary<(wire: Wire) => Wire> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, by]) => (wire: Wire) => {
    const body = Buffer.from(wire.body);
    const index = at % body.length;
    body[index] = (body[index] ?? 0) ^ by;
    return { ...wire, body };
  }),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => (wire: Wire) => ({ ...wire, body: Buffer.concat([wire.body, more]) })),
  place.map((at) => (wire: Wire) => ({ ...wire, body: wire.body.subarray(0, at % wire.body.length) })),
  headerText.map((id) => (wire: Wire) => ({ ...wire, id: wire.id === id ? `${id}x` : id })),
  fc
    .integer({ min: NOW - 900, max: NOW + 900 })
    .map((time) => (wire: Wire) => ({ ...wire, timestamp: `${Number(wire.timestamp) === time ? time + 1 : time}` })),
  headerText.map((timestamp) => (wire: Wire) => ({ ...wire, timestamp: `${timestamp}x` })),
  headerText.map((signature) => (wire: Wire) => ({ ...wire, signature })),
  fc.constantFrom('v1', 'v1a', 'v2', '').map((version) => (wire: Wire) => {
    const [was = '', rest = ''] = wire.signature.split(',');
    return { ...wire, signature: `${was === version ? 'v9' : version},${rest}` };
  }),
  fc.constantFrom(OTHER_SECRET, `whsec_${PUBLIC_KEY.slice(5)}`).map((secret) => (wire: Wire) => {
    const signed = Buffer.concat([Buffer.from(`${wire.id}.${wire.timestamp}.`), wire.body]);
    return { ...wire, signature: [signMessage(secret, signed), signMessage(secret, signed).replace('v1,', 'v1a,')].join(' ') };
  }),
);

test('of messages that somebody changed on the way none is taken, and of genuine ones none is refused but for what they hold', async (t) => {
  const { url, accepted } = await startWebhookServer(t, { clock: CLOCK, webhooks: [{ secrets: [SECRET, PUBLIC_KEY] }] });
  const deliver = async ({ id, timestamp, signature, body }: Wire): Promise<number> => {
    const headers = [
      ['webhook-id', id],
      ['webhook-timestamp', timestamp],
      ['webhook-signature', signature],
    ] as const;
    return (await send(`${url}/intake/webhook/hr`, { method: 'POST', headers, body })).status;
  };
  const property = fc.asyncProperty(genuine, tampering, async (wire, tamper) => {
    const before = accepted.length;
    assert.equal(await deliver(tamper(wire)), 401);
    assert.equal(accepted.length, before);
    assert.ok([202, 400].includes(await deliver(wire)));
  });
  await fc.assert(property, runs(200));
});
