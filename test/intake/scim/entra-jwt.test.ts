import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JWTPayload } from 'jose';
import { makeKey, sign, startIssuer } from '../support/issuer.ts';
import { JWT_FORGERIES, SAID } from '../support/jwt-forgeries.ts';
import { rows } from '../support/rows.ts';
import { SCIM_TOKEN, startScim } from './support/directory.ts';

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const NOT_OURS = '00000000-0000-4000-8000-000000000000';
const ISSUER = `https://sts.windows.net/${TENANT}/`;
const AUDIENCE = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621';

test('a token that Entra signs itself', async (t) => {
  const key = await makeKey('k1', 'RS256');
  const issuer = await startIssuer(t, key);
  const entraJwt = { issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri };
  const service = await startScim(t, {
    config: {
      connections: [
        { id: 'entra-main', kind: 'entra', scim: { tokens: [SCIM_TOKEN], entraJwt } },
        { id: 'entra-jwt', kind: 'entra', scim: { entraJwt } },
        { id: 'entra-bearer', kind: 'entra', scim: { tokens: [SCIM_TOKEN] } },
      ],
    },
  });
  const now = Math.floor(Date.now() / 1_000);
  const claims: JWTPayload = { iss: ISSUER, aud: AUDIENCE, tid: TENANT, iat: now, nbf: now - 300, exp: now + 3_600, appid: 'provisioning' };
  const ask = async (token: string, connection = 'entra-jwt') => await service.scim('GET', '/Users', { token, connection });

  await t.test('opens the directory, and is recorded by the name of its key', async () => {
    const token = await sign(key, claims, { typ: 'JWT' });
    assert.equal((await ask(token)).status, 200);
    const write = { userName: 'ada@example.com' };
    const made = await service.scim('POST', '/Users', { body: write, token, connection: 'entra-main' });
    const id = String(made.body['id']);
    await service.scim('DELETE', `/Users/${id}`, { token, connection: 'entra-main' });
    const [signal] = await rows<{ verified_by: string }>(service.databaseUrl, 'select verified_by from signal');
    assert.equal(signal?.verified_by, 'scim.entraJwt (key k1)');
  });

  await t.test('stands beside the bearer tokens of the connection', async () => {
    assert.equal((await ask(SCIM_TOKEN, 'entra-main')).status, 200);
    assert.equal((await ask(SCIM_TOKEN)).status, 401);
    assert.equal((await ask(await sign(key, claims), 'entra-bearer')).status, 401, 'where none is configured, none counts');
  });

  const FORGED: Readonly<Record<string, () => Promise<string>>> = {
    'of another tenant, with the issuer of ours': async () => await sign(key, { ...claims, tid: NOT_OURS }),
    'without a tenant': async () => await sign(key, without(claims, 'tid')),
    'with a tenant that is no text': async () => await sign(key, { ...claims, tid: { toString: 1 } }),
    'of another issuer of Entra': async () => await sign(key, { ...claims, iss: ISSUER.replace(TENANT, NOT_OURS) }),
  };
  for (const [what, forge] of Object.entries(FORGED)) {
    await t.test(`is refused ${what}`, async () => {
      const { status, body, headers } = await ask(await forge());
      assert.deepEqual([status, body['status']], [401, '401']);
      assert.match(String(headers['www-authenticate']), /^Bearer/);
    });
  }

  for (const typ of ['JWT', 'jwt', undefined]) {
    await t.test(`is believed with the type ${typ}`, async () => {
      assert.equal((await ask(await sign(key, claims, { typ }))).status, 200);
    });
  }

  for (const { what, cause, make } of JWT_FORGERIES) {
    await t.test(`is refused, and says why: ${what}`, async () => {
      const { status, body } = await ask(await make({ issuer, key, claims, typ: 'JWT' }));
      assert.ok(status === 401 || (status === 503 && cause === 'unknown-key'), `${status}`);
      assert.match(String(body['detail']), cause === 'malformed' ? /none of this connection|does not say until when/ : SAID[cause]);
    });
  }

  await t.test('of a key that nobody has seen, while the keys cannot be fetched, is a 503: Entra gives up on a 401', async () => {
    const fresh = await startIssuer(t);
    fresh.answer((response) => response.writeHead(500).end());
    const other = await startScim(t, {
      config: { connections: [{ id: 'entra-jwt', kind: 'entra', scim: { entraJwt: { ...entraJwt, jwksUri: fresh.jwksUri } } }] },
    });
    const { status, headers, body } = await other.scim('GET', '/Users', { token: await sign(key, claims), connection: 'entra-jwt' });
    assert.deepEqual([status, body['status']], [503, '503']);
    assert.ok(Number(headers['retry-after']) >= 1);
  });
});

function without(claims: JWTPayload, name: string): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
}
