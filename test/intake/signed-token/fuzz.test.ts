import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../support/sweep.ts';
import * as revocation from '../okta-revocation/stage.ts';
import * as signals from '../shared-signals/stage.ts';

/** The parts of a good token with something else in their places, and what is no token at all. */
const tokenLike = (token: string): fc.Arbitrary<string> => {
  const parts = token.split('.');
  const part = fc.oneof(
    fc.constantFrom(...parts),
    fc.string({ unit: 'binary-ascii', maxLength: 30 }),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .record({
        alg: fc.constantFrom('RS256', 'none', 'HS256', 'ES256'),
        typ: fc.constantFrom('JWT', signals.TYPE, revocation.TYPE),
        kid: fc.constantFrom('k1', 'k2'),
      })
      .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
  );
  return fc.array(part, { minLength: 0, maxLength: 5 }).map((all) => all.join('.'));
};

test('no bytes but a token of the issuer are taken for a security event, and none of them is a fault of ours', async (t) => {
  const { push, signed, intake } = await signals.setStage(t);
  const token = await signed(signals.claimsOf());
  await fc.assert(
    fc.asyncProperty(tokenLike(token), async (body) => {
      fc.pre(body !== token);
      assert.equal((await push(body)).status, 400);
    }),
    runs(150),
  );
  assert.deepEqual(intake.accepted, []);
});

test('no header but a token of Okta logs anybody out, and no body is a fault of ours', async (t) => {
  const { ask, signed, intake } = await revocation.setStage(t);
  const token = await signed(revocation.claimsOf());
  const header = tokenLike(token).map((text) => text.replaceAll(/[^\x21-\x7e]/g, ''));
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      fc.pre(text !== token);
      assert.equal((await ask(`Bearer ${text}`)).status, 401);
    }),
    runs(150),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), async (body) => {
      assert.equal((await ask(`Bearer ${token}`, body)).status, 400);
    }),
    runs(150),
  );
  assert.deepEqual(intake.accepted, []);
});
