import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenRefusal } from '../../../src/tokens/tokens.ts';
import { movingClock } from '../../targets/support/moving-clock.ts';
import { FORGERIES } from '../support/forgeries.ts';
import { makeKey, sign } from '../support/issuer.ts';
import { claimsOf, setStage, TYPE } from './stage.ts';

/** RFC 8935, section 2.4. */
const CODES: Readonly<Record<TokenRefusal['cause'], string>> = {
  malformed: 'invalid_request',
  type: 'invalid_request',
  expired: 'invalid_request',
  'not-yet-valid': 'invalid_request',
  algorithm: 'invalid_key',
  'unknown-key': 'invalid_key',
  'key-not-yet-known': 'invalid_key',
  'keys-unreachable': 'invalid_key',
  signature: 'authentication_failed',
  issuer: 'invalid_issuer',
  audience: 'invalid_audience',
};

for (const { what, cause, make } of FORGERIES) {
  test(`a push is refused, and nothing is stored: ${what}`, async (t) => {
    const { issuer, key, push, intake } = await setStage(t);
    const { status, headers, text } = await push(await make({ issuer, key, claims: claimsOf(), typ: TYPE }));
    const { err, description } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual([status, err, headers['content-language']], [400, CODES[cause], 'en']);
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    assert.ok(description && description.length > 20);
    assert.deepEqual(intake.accepted, []);
  });
}

test('a logout token is not taken for a security event, whatever type it claims', async (t) => {
  const { key, push, intake } = await setStage(t);
  const claims = claimsOf({ sub_id: undefined, sub: 'ada', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } });
  for (const typ of [TYPE, 'logout+jwt', 'JWT']) {
    const { status, text } = await push(await sign(key, claims, { typ }));
    assert.deepEqual([status, JSON.parse(text).err], [400, 'invalid_request']);
  }
  assert.deepEqual(intake.accepted, []);
});

test('the keys are rotated: the new one is accepted at once, the old one no longer once it is taken away', async (t) => {
  const clock = movingClock();
  const { issuer, key, push, signed } = await setStage(t, undefined, {}, clock);
  assert.equal((await push(await signed(claimsOf()))).status, 202);
  const next = await makeKey('k2');
  issuer.publish(key.publicJwk, next.publicJwk);
  clock.move(5_000);
  assert.equal((await push(await sign(next, claimsOf({ jti: 'b' }), { typ: TYPE }))).status, 202);
  assert.equal((await push(await signed(claimsOf({ jti: 'c' })))).status, 202);
  issuer.publish(next.publicJwk);
  clock.move(600_000);
  const { status, text } = await push(await signed(claimsOf({ jti: 'd' })));
  assert.deepEqual([status, JSON.parse(text).err], [400, 'invalid_key']);
});

test('the first token of a new key is not lost when the keys were fetched just before: it is 503 with Retry-After, and stored when it comes again', async (t) => {
  const clock = movingClock();
  const { issuer, key, push, signed, intake } = await setStage(t, undefined, {}, clock);
  assert.equal((await push(await signed(claimsOf()))).status, 202);
  const next = await makeKey('k2');
  issuer.publish(key.publicJwk, next.publicJwk);
  const first = await sign(next, claimsOf({ jti: 'first' }), { typ: TYPE });
  clock.move(2_000);
  const { status, headers, text } = await push(first);
  assert.deepEqual([status, headers['retry-after'], intake.accepted.length], [503, '3', 1]);
  assert.match(text, /The key k2 is not known here.*Send it again in a few seconds\. Nothing was stored/);
  clock.move(3_000);
  assert.deepEqual([(await push(first)).status, intake.accepted.at(-1)?.eventId], [202, 'first']);
});

test('while the keys cannot be fetched, a known key goes on, and another is to come again, with that reason', async (t) => {
  const clock = movingClock();
  const { issuer, push, signed, intake } = await setStage(t, undefined, {}, clock);
  assert.equal((await push(await signed(claimsOf()))).status, 202);
  issuer.answer((response) => response.destroy());
  clock.move(3_600_000);
  assert.equal((await push(await signed(claimsOf({ jti: 'b' })))).status, 202);
  const { status, headers, text } = await push(await sign(await makeKey('k2'), claimsOf({ jti: 'c' }), { typ: TYPE }));
  assert.deepEqual([status, headers['retry-after']], [503, '5']);
  assert.match(text, /The key k2 is not known here, and the keys of the issuer cannot be fetched now .*Nothing was stored/);
  assert.equal(intake.accepted.length, 2);
});
