import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movingClock } from '../../targets/support/moving-clock.ts';
import { FORGERIES, type Forgery } from '../support/forgeries.ts';
import { makeKey, sign } from '../support/issuer.ts';
import { claimsOf, setStage, TYPE } from './stage.ts';

const now = (): number => Math.floor(Date.now() / 1_000);

/** What the claims of a revocation have besides those of every token. */
const OF_ITS_OWN: readonly Forgery[] = [
  {
    what: 'a token that has expired',
    cause: 'expired',
    make: async ({ key, claims, typ }) => await sign(key, { ...claims, exp: now() - 61 }, { typ }),
  },
  {
    what: 'a token that never expires',
    cause: 'malformed',
    make: async ({ key, claims: { exp: _, ...claims }, typ }) => await sign(key, claims, { typ }),
  },
  {
    what: 'a token without an id',
    cause: 'malformed',
    make: async ({ key, claims: { jti: _, ...claims }, typ }) => await sign(key, claims, { typ }),
  },
  {
    what: 'a security event token',
    cause: 'type',
    make: async ({ key, claims }) => await sign(key, claims, { typ: 'secevent+jwt' }),
  },
];

for (const { what, make } of [...FORGERIES, ...OF_ITS_OWN]) {
  test(`a logout is refused, and nothing is stored: ${what}`, async (t) => {
    const { issuer, key, ask, intake } = await setStage(t);
    const { status, headers, text } = await ask(`Bearer ${await make({ issuer, key, claims: claimsOf(), typ: TYPE })}`);
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer error="invalid_token"']);
    assert.match((JSON.parse(text) as { detail: string }).detail, /Nothing was stored\.$/);
    assert.deepEqual(intake.accepted, []);
  });
}

test('without a bearer token nothing is looked at, and no body is waited for', async (t) => {
  const { ask, signed, intake } = await setStage(t);
  const token = await signed(claimsOf());
  for (const authorization of [null, '', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer ${token} ${token}`]) {
    assert.equal((await ask(authorization, 'not JSON')).status, 401, String(authorization));
  }
  assert.deepEqual(intake.accepted, []);
});

test('the keys are rotated: the new one is accepted at once, the old one no longer once it is taken away', async (t) => {
  const clock = movingClock();
  const seconds = () => clock.now().getTime() / 1_000;
  const { issuer, key, ask, signed } = await setStage(t, { clock });
  assert.equal((await ask(`Bearer ${await signed(claimsOf({}, seconds()))}`)).status, 204);
  const next = await makeKey('k2');
  issuer.publish(key.publicJwk, next.publicJwk);
  clock.move(5_000);
  assert.equal((await ask(`Bearer ${await sign(next, claimsOf({}, seconds()), { typ: TYPE })}`)).status, 204);
  issuer.publish(next.publicJwk);
  clock.move(600_000);
  assert.equal((await ask(`Bearer ${await signed(claimsOf({}, seconds()))}`)).status, 401);
});

test('the first logout with a new key is not lost when the keys were fetched just before: it is 503 with Retry-After, and taken when it comes again', async (t) => {
  const clock = movingClock();
  const seconds = () => clock.now().getTime() / 1_000;
  const { issuer, key, ask, signed, intake } = await setStage(t, { clock });
  assert.equal((await ask(`Bearer ${await signed(claimsOf({}, seconds()))}`)).status, 204);
  const next = await makeKey('k2');
  issuer.publish(key.publicJwk, next.publicJwk);
  const first = `Bearer ${await sign(next, claimsOf({ jti: 'first' }, seconds()), { typ: TYPE })}`;
  clock.move(2_000);
  const { status, headers, text } = await ask(first);
  assert.deepEqual([status, headers['retry-after'], intake.accepted.length], [503, '3', 1]);
  assert.match(text, /The key k2 is not known here.*Nothing was stored/);
  clock.move(3_000);
  assert.deepEqual([(await ask(first)).status, intake.accepted.at(-1)?.eventId], [204, 'first']);
});

test('while the keys cannot be fetched, a known key goes on, and another is to come again, with that reason', async (t) => {
  const clock = movingClock();
  const seconds = () => clock.now().getTime() / 1_000;
  const { issuer, ask, signed } = await setStage(t, { clock });
  assert.equal((await ask(`Bearer ${await signed(claimsOf({}, seconds()))}`)).status, 204);
  issuer.answer((response) => response.destroy());
  clock.move(3_600_000);
  assert.equal((await ask(`Bearer ${await signed(claimsOf({}, seconds()))}`)).status, 204);
  const { status, headers, text } = await ask(`Bearer ${await sign(await makeKey('k2'), claimsOf({}, seconds()), { typ: TYPE })}`);
  assert.deepEqual([status, headers['retry-after']], [503, '5']);
  assert.match(text, /The key k2 is not known here, and the keys of the issuer cannot be fetched now/);
});
