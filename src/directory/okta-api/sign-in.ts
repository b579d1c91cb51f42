import { createPrivateKey, randomUUID } from 'node:crypto';
import { type CryptoKey, importJWK, importPKCS8, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { createAccessTokens, createHttpClient, type HttpClient, type HttpSettings, withAccessToken } from '../../outbound/outbound.ts';

/** How to sign in: with a token of an administrator (`SSWS`), or as a service app with a key of its own (`private_key_jwt`). */
export type OktaSignIn = { readonly token: string } | { readonly clientId: string; readonly privateKey: string };

export interface OktaSite {
  readonly connection: string;
  /** The organization, for example `https://acme.okta.com`. */
  readonly baseUrl: string;
  readonly signIn: OktaSignIn;
  readonly http: HttpSettings;
  readonly clock: Clock;
  readonly log: Log;
}

const SCOPE = 'okta.users.read';
const ASSERTION_SECONDS = 300;

/** A client of the organization that is signed in. */
export function openOkta({ connection, baseUrl, signIn, http: settings, clock, log }: OktaSite): HttpClient {
  const base = { ...settings, name: connection, clock, log };
  if ('token' in signIn) {
    const headers = () => ({ authorization: `SSWS ${signIn.token}` });
    return createHttpClient({ ...base, baseUrl, headers, credential: `connections[${connection}].api.token` });
  }
  const credential = `connections[${connection}].api.privateKey`;
  const open = (url: string) => createHttpClient({ ...base, baseUrl: url, headers: () => ({}), credential });
  const form = async () => ({
    grant_type: 'client_credentials',
    scope: SCOPE,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(signIn, `${baseUrl}/oauth2/v1/token`, clock.now()),
  });
  const tokens = createAccessTokens({ http: open(`${baseUrl}/oauth2/v1`), segment: 'token', form, credential, clock });
  return withAccessToken(open(baseUrl), tokens);
}

/**
 * Proves who we are for a few minutes (RFC 7523, section 2.2).
 *
 * @see https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
 */
export async function signAssertion(
  { clientId, privateKey }: { readonly clientId: string; readonly privateKey: string },
  audience: string,
  now: Date,
): Promise<string> {
  const { key, alg, kid } = await readKey(privateKey);
  const seconds = Math.floor(now.getTime() / 1_000);
  return await new SignJWT()
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_SECONDS)
    .setJti(randomUUID())
    .sign(key);
}

interface SigningKey {
  readonly key: CryptoKey | Uint8Array;
  readonly alg: string;
  readonly kid?: string;
}

const privateJwk = z.looseObject({ kty: z.enum(['RSA', 'EC']), d: z.string(), kid: z.string().optional(), crv: z.string().optional() });

/** Okta's console shows a key as a JWK or as PEM; the id of the key is known from a JWK only. */
async function readKey(text: string): Promise<SigningKey> {
  const trimmed = text.trim();
  try {
    if (!trimmed.startsWith('{')) {
      const pkcs8 = createPrivateKey(trimmed);
      const alg = algorithmOf(pkcs8.asymmetricKeyDetails?.namedCurve);
      return { key: await importPKCS8(pkcs8.export({ type: 'pkcs8', format: 'pem' }).toString(), alg), alg };
    }
    const jwk = privateJwk.parse(JSON.parse(trimmed));
    const alg = algorithmOf(jwk.crv);
    return { key: await importJWK(jwk as JWK, alg), alg, ...(jwk.kid !== undefined && { kid: jwk.kid }) };
  } catch {
    // The original would quote the key.
    throw new LeaverError('configuration', 'it is no private RSA or EC key, neither as JWK nor as PEM');
  }
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  prime256v1: 'ES256',
  'P-384': 'ES384',
  secp384r1: 'ES384',
  'P-521': 'ES512',
  secp521r1: 'ES512',
};

function algorithmOf(curve: string | undefined): string {
  return (curve === undefined ? undefined : CURVES[curve]) ?? 'RS256';
}
