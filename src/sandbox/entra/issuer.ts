import { randomBytes, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Arrival } from '../fastio/calls.ts';
import type { Reply } from '../troubled.ts';

/** Microsoft Graph's own application, which signs its notifications. */
const GRAPH_APP = '0bf30f3b-4a52-48df-9a82-234910c4a086';

/** Of every application that is in no gallery. */
export const PROVISIONED_APP = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621';

export interface ValidationTokenOptions {
  /** Over, or beside, the claims of a genuine one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly version?: '1.0' | '2.0';
  /** Signed with a key that is in no key set. */
  readonly forged?: boolean;
}

/** Signs in the applications of the tenant, and signs what Graph says. */
export interface Issuer {
  /** The answer to a call that is one for the issuer; null when it is not. */
  answer(arrival: Arrival): Promise<Reply | null>;
  accepts(authorization: string): boolean;
  revoke(): void;
  /** From now on the application signs in with these, and with no others. What it has got by an earlier one stays good. */
  acceptSecrets(...secrets: readonly string[]): void;
  /** A new key signs from now on; the one before stays published until it is retired. */
  rotate(): Promise<void>;
  retire(): void;
  validationToken(options?: ValidationTokenOptions): Promise<string>;
  /** By which the provisioning service shows itself to an app for which no secret was entered. */
  provisioningToken(): Promise<string>;
}

export interface IssuerNeeds {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenSeconds: number;
  readonly now: () => Date;
}

/** RSA keys take their time: all tenants of a process have the same. */
let pairs: ReturnType<typeof makePairs> | null = null;

async function makePairs() {
  return [await generateKeyPair('RS256'), await generateKeyPair('RS256')] as const;
}

async function keyPairs(): ReturnType<typeof makePairs> {
  pairs ??= makePairs();
  return await pairs;
}

export async function createIssuer(needs: IssuerNeeds): Promise<Issuer> {
  const { tenantId, clientId, now } = needs;
  const [first, stranger] = await keyPairs();
  let keys = [await toKey(first)];
  let secrets: readonly string[] = [needs.clientSecret];
  const tokens = new Map<string, number>();
  let origin = '';
  const sign = async (claims: JWTPayload, by?: CryptoKey): Promise<string> => {
    const seconds = Math.floor(now().getTime() / 1_000);
    const payload = { tid: tenantId, iat: seconds, nbf: seconds, exp: seconds + 3_600, ...claims };
    const { kid, privateKey } = keys.at(-1) as Key;
    return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(by ?? privateKey);
  };
  return {
    answer: async ({ method, url, text, headers }) => {
      origin = `http://${String(headers['host'])}`;
      if (method === 'GET' && /\/discovery\/(?:v2\.0\/)?keys$/.test(url.pathname)) {
        return { status: 200, body: { keys: keys.map(({ publicJwk }) => publicJwk) } };
      }
      if (method !== 'POST' || url.pathname !== `/${tenantId}/oauth2/v2.0/token`) return null;
      return giveToken(needs, secrets, tokens, new URLSearchParams(text), `${origin}/.default`);
    },
    accepts: (authorization) => (tokens.get(authorization.replace(/^Bearer /, '')) ?? 0) > now().getTime(),
    revoke: () => tokens.clear(),
    acceptSecrets: (...accepted) => {
      secrets = accepted;
    },
    rotate: async () => {
      keys = [...keys, await toKey(await generateKeyPair('RS256'))];
    },
    retire: () => {
      keys = keys.slice(-1);
    },
    validationToken: async ({ claims = {}, version = '1.0', forged = false } = {}) => {
      const own = version === '1.0' ? { appid: GRAPH_APP, ver: '1.0' } : { azp: GRAPH_APP, ver: '2.0' };
      const iss = version === '1.0' ? `https://sts.windows.net/${tenantId}/` : `${origin}/${tenantId}/v2.0`;
      return await sign({ iss, aud: clientId, ...own, ...claims }, forged ? stranger.privateKey : undefined);
    },
    provisioningToken: async () => await sign({ iss: `https://sts.windows.net/${tenantId}/`, aud: PROVISIONED_APP, ver: '1.0' }),
  };
}

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

async function toKey({ publicKey, privateKey }: GenerateKeyPairResult): Promise<Key> {
  const kid = randomUUID();
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}

function giveToken(
  needs: IssuerNeeds,
  secrets: readonly string[],
  tokens: Map<string, number>,
  form: URLSearchParams,
  scope: string,
): Reply {
  const isAsked = form.get('grant_type') === 'client_credentials' && form.get('scope') === scope;
  if (!isAsked) return { status: 400, body: { error: 'invalid_request' } };
  if (form.get('client_id') !== needs.clientId || !secrets.includes(form.get('client_secret') ?? '')) {
    return { status: 401, body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' } };
  }
  const token = randomBytes(32).toString('base64url');
  tokens.set(token, needs.now().getTime() + needs.tokenSeconds * 1_000);
  return { status: 200, body: { token_type: 'Bearer', expires_in: needs.tokenSeconds, access_token: token } };
}
