import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JWTPayload } from 'jose';
import { madeOnce, sign, startIssuer } from '../support/issuer.ts';
import { JWT_FORGERIES, SAID } from '../support/jwt-forgeries.ts';
import { startGraphServer, userItem } from './graph-server.ts';

const GRAPH_APP = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const published = madeOnce('k1', 'RS256');

test('of a delivery whose validation token is forged nothing is believed, and the signal says why', async (t) => {
  const key = await published();
  const issuer = await startIssuer(t, key);
  const { post, entra, accepted, kept } = await startGraphServer(t, { jwksUri: issuer.jwksUri });
  const { tenantId, clientId } = entra;
  const now = Math.floor(Date.now() / 1_000);
  const iss = `https://sts.windows.net/${tenantId}/`;
  const claims: JWTPayload = {
    iss,
    aud: clientId,
    tid: tenantId,
    appid: GRAPH_APP,
    ver: '1.0',
    iat: now,
    nbf: now - 300,
    exp: now + 3_600,
  };
  const deliver = async (token: string) => {
    accepted.length = 0;
    kept.length = 0;
    const { status } = await post({ value: [userItem('updated', 'u1'), userItem('deleted', 'u2')], validationTokens: [token] });
    return { status, signals: accepted, readBacks: kept.flatMap((one) => one.readBacks) };
  };

  for (const typ of ['JWT', 'jwt', undefined]) {
    await t.test(`a genuine one of the type ${typ} is believed`, async () => {
      const { status, signals, readBacks } = await deliver(await sign(key, claims, { typ }));
      assert.deepEqual([status, signals.map(({ subject }) => subject?.id), readBacks], [202, ['u2'], ['u1']]);
    });
  }

  for (const { what, cause, make } of JWT_FORGERIES) {
    await t.test(`refused: ${what}`, async () => {
      const { status, signals, readBacks } = await deliver(await make({ issuer, key, claims, typ: 'JWT' }));
      assert.deepEqual(readBacks, []);
      const isPutOff = status === 503 && cause === 'unknown-key';
      assert.deepEqual([status, signals.length], isPutOff ? [503, 0] : [202, 2]);
      for (const { isRefused, subject, note } of signals) {
        assert.deepEqual([isRefused, subject], [true, null]);
        assert.match(note ?? '', SAID[cause]);
      }
    });
  }
});
