import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { Pool } from 'undici';
import { startService } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from '../standard-webhook/fixtures.ts';
import { makeKey, sign, startIssuer } from '../support/issuer.ts';
import { type Credential, type Fuzzed, type Send, secretOr } from './attempt.ts';
import { fuzzedNotifications } from './entra-graph.ts';
import { fuzzedEventHook } from './okta-event-hook.ts';
import { fuzzedRevocation } from './okta-revocation.ts';
import { makePlaces } from './places.ts';
import { fuzzedDirectory } from './scim.ts';
import { fuzzedStream } from './shared-signals.ts';
import { fuzzedWebhook } from './standard-webhook.ts';
import { type TokenForm, tokens } from './tokens.ts';

const ISSUER = 'https://acme.okta.example';
const AUDIENCE = 'https://leaver.example';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const ENTRA = `https://sts.windows.net/${TENANT}/`;
const CLIENT_STATE = 'client-state-of-the-fuzz';
const HOOK_SECRET = 'hook-secret-of-the-fuzz';
const SCIM_TOKEN = 'scim-token-of-the-fuzz';
const BEARER = 'Bearer stream-of-the-fuzz';

export interface Stage {
  readonly url: string;
  readonly databaseUrl: string;
  readonly channels: readonly Fuzzed[];
  readonly send: Send;
  /** The digests of what was sent with the proof that its sender is the right one. */
  readonly genuine: Set<string>;
}

/** One service on one database, with a connection for each channel and for each way to prove a sender there. */
export async function setStage(t: TestContext): Promise<Stage> {
  const keys = { key: await makeKey('k1'), stranger: await makeKey('k1') };
  const { jwksUri } = await startIssuer(t, keys.key);
  const trusted = { issuer: ISSUER, audience: AUDIENCE, jwksUri };
  const entraJwt = { issuer: ENTRA, audience: AUDIENCE, jwksUri };
  const tokenUrl = new URL(`/${TENANT}/oauth2/v2.0/token`, jwksUri).href;
  const graph = { clientState: CLIENT_STATE, tenantId: TENANT, clientId: 'client', clientSecret: 'secret' };
  const { url, databaseUrl } = await startService(t, {
    config: {
      roles: ['api'],
      server: { rateLimit: { max: 1_000_000_000, windowSeconds: 60 } },
      connections: [
        { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] }, universalLogout: trusted, scim: { tokens: [SCIM_TOKEN] } },
        { id: 'entra-main', kind: 'entra', scim: { entraJwt }, graph: { ...graph, baseUrl: 'http://127.0.0.1:9/v1.0', tokenUrl } },
        { id: 'signals', kind: 'ssf', ...trusted },
        { id: 'signals-bearer', kind: 'ssf', ...trusted, bearer: [BEARER] },
        { id: 'hr', kind: 'webhook', secrets: [SECRET, PUBLIC_KEY] },
      ],
    },
  });
  const pool = new Pool(url, { connections: 16 });
  undo(t, async () => await pool.close());
  const genuine = new Set<string>();
  const send: Send = async ({ method, path, headers, body, isGenuine }) => {
    if (isGenuine) genuine.add(createHash('sha256').update(body).digest('hex'));
    const answer = await pool.request({ method: method as 'POST', path, headers, ...(body.length > 0 && { body }) });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };

  const oktaBearer = `Bearer ${SCIM_TOKEN}`;
  const entraBearer = `Bearer ${await sign(keys.key, entraClaims())}`;
  const channels = [
    await fuzzedEventHook('okta-main', HOOK_SECRET),
    fuzzedRevocation('okta-main', ISSUER, AUDIENCE, keys),
    await fuzzedDirectory({
      name: 'scim',
      connection: 'okta-main',
      credential: secretOr(SCIM_TOKEN, (value) => `Bearer ${value}`),
      places: await makePlaces('/intake/scim/okta-main/v2', oktaBearer, send),
    }),
    await fuzzedDirectory({
      name: 'scim of Entra',
      connection: 'entra-main',
      credential: entraTokens(keys),
      places: await makePlaces('/intake/scim/entra-main/v2', entraBearer, send),
    }),
    await fuzzedNotifications({ connection: 'entra-main', clientState: CLIENT_STATE, tenantId: TENANT, clientId: graph.clientId, keys }),
    await fuzzedStream({ name: 'shared-signals', connection: 'signals', issuer: ISSUER, audience: AUDIENCE, keys }),
    await fuzzedStream({
      name: 'shared-signals with a bearer',
      connection: 'signals-bearer',
      issuer: ISSUER,
      audience: AUDIENCE,
      keys,
      bearer: BEARER,
    }),
    await fuzzedWebhook('hr', { good: [SECRET, PRIVATE_KEY], bad: OTHER_SECRET }),
  ];
  return { url, databaseUrl, channels, send, genuine };
}

function entraClaims() {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: ENTRA, aud: AUDIENCE, tid: TENANT, iat: now, nbf: now - 300, exp: now + 86_400 };
}

/** Tokens that Entra signs itself, and others, as they stand in the Authorization header. */
function entraTokens(keys: Pick<TokenForm, 'key' | 'stranger'>): fc.Arbitrary<Credential<string>> {
  const badClaims = [{ tid: 'other' }, { tid: undefined }, { exp: 1 }, { exp: undefined }];
  const claims = fc.record({ appid: fc.uuid() }).map((own) => ({ ...entraClaims(), ...own }));
  return tokens({ ...keys, typ: 'JWT', typeCounts: false, badClaims }, claims).map(({ token, isGenuine }) => ({
    isGenuine,
    made: `Bearer ${token}`,
  }));
}
