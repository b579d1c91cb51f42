import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { CAEP } from '../../src/sandbox/security-event.ts';
import { AUDIENCE, startTestTransmitter } from '../intake/support/transmitter.ts';

const EVENT = { type: `${CAEP}session-revoked`, subject: { id: 'u-1' }, occurredAt: new Date('2026-03-02T08:00:00.500Z') };

test('its tokens verify with the keys that it serves, before and after they are rotated', async (t) => {
  const transmitter = await startTestTransmitter(t);
  const verify = async (token: string) =>
    await jwtVerify(token, createRemoteJWKSet(new URL(transmitter.jwksUri)), { issuer: transmitter.issuer, audience: AUDIENCE });
  const old = await transmitter.sign(transmitter.claims('ssf', EVENT));
  assert.deepEqual((await verify(old)).protectedHeader, { alg: 'RS256', kid: 'sandbox-1', typ: 'secevent+jwt' });
  await transmitter.rotate();
  const fresh = await transmitter.sign(transmitter.claims('ssf', EVENT));
  assert.equal((await verify(fresh)).protectedHeader.kid, 'sandbox-2');
  await verify(old);
  transmitter.retire();
  await assert.rejects(verify(old), /no applicable key/);
  await verify(fresh);
  transmitter.serveKeys(false);
  await assert.rejects(verify(fresh));
});

test('each form has the subject and the time where its senders put them', async (t) => {
  const { issuer, claims } = await startTestTransmitter(t);
  const shapeOf = (form: 'ssf' | 'okta' | 'google') => {
    const { sub_id: subId = null, events } = claims(form, EVENT) as Record<string, Record<string, unknown>>;
    return [subId, events?.[EVENT.type]];
  };
  const iss = { format: 'iss_sub', iss: issuer, sub: 'u-1' };
  assert.deepEqual(shapeOf('ssf'), [iss, { event_timestamp: 1_772_438_400 }]);
  assert.deepEqual(shapeOf('okta'), [null, { subject: iss, event_timestamp: 1_772_438_400_500 }]);
  assert.deepEqual(shapeOf('google'), [null, { subject: { subject_type: 'iss-sub', iss: issuer, sub: 'u-1' } }]);
});

test('its streams and its tokens are there for the holder of its token only', async (t) => {
  const { issuer, streams } = await startTestTransmitter(t, { path: '/tenant' });
  const status = async (where: string, init: RequestInit = {}) => (await fetch(where, init)).status;
  const origin = new URL(issuer).origin;
  assert.equal(await status(`${origin}/.well-known/ssf-configuration/tenant`), 200);
  assert.equal(await status(`${issuer}/stream`), 401);
  assert.equal(await status(streams.pollUrl, { method: 'POST', body: '{}' }), 401);
  const headers = { authorization: 'Bearer the-token-of-the-transmitter' };
  assert.equal(await status(`${issuer}/stream`, { headers }), 200);
  assert.equal(await status(streams.pollUrl, { method: 'POST', headers, body: '{"returnImmediately":true}' }), 200);
});
