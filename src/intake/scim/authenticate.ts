import { LeaverError } from '../../kernel/errors.ts';
import type { TokenVerifier } from '../../tokens/tokens.ts';
import { matchSecret } from '../match-secret.ts';

/** By what a connection knows its identity provider. */
export interface Credentials {
  /** Several while a token is being rotated. */
  readonly tokens: readonly string[];
  /** For the tokens that Entra signs itself, when no secret was entered there. */
  readonly entraJwt: EntraJwt | null;
}

export interface EntraJwt {
  readonly verifier: TokenVerifier;
  /** The only tenant whose tokens count: one audience serves every tenant in the world. Null where the issuer names none. */
  readonly tenant: string | null;
}

/**
 * Who calls, by the place of what proves it in the configuration. Every token is compared, in constant time, so that a refusal tells neither a prefix
 * nor a place.
 *
 * @throws LeaverError `unauthorized`, or `unavailable` when the key may be one of Entra's that is not known here yet
 */
export async function authenticate(header: string | undefined, { tokens, entraJwt }: Credentials): Promise<string> {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (given === undefined) {
    throw new LeaverError('unauthorized', 'Send the token of this connection as "Authorization: Bearer <token>". Nothing was stored.');
  }
  const place = matchSecret(given, tokens);
  if (place !== null) {
    return `scim.tokens[${place}]`;
  }
  if (entraJwt !== null && isSignedToken(given)) {
    return await verifyEntra(given, entraJwt);
  }
  throw new LeaverError('unauthorized', 'The bearer token is none of this connection. Nothing was stored.');
}

async function verifyEntra(token: string, { verifier, tenant }: EntraJwt): Promise<string> {
  const result = await verifier.verify(token);
  if (result.kind === 'refused') {
    // Entra stops a job at once on a 401, and comes again after a 503: what only we could not do must not pass for a bad token.
    const { message, retryAfterMs } = result;
    throw retryAfterMs === null
      ? new LeaverError('unauthorized', `${message} Nothing was stored.`)
      : new LeaverError('unavailable', message, { retryAfterMs });
  }
  const tid = result.payload['tid'];
  if (tenant !== null && (typeof tid !== 'string' || tid.toLowerCase() !== tenant)) {
    throw new LeaverError('unauthorized', 'The token is of another tenant. Nothing was stored.');
  }
  return `scim.entraJwt (key ${result.kid ?? 'without a name'})`;
}

const TENANT = /^https:\/\/(?:sts\.windows\.net|login\.microsoftonline\.com)\/([0-9a-f-]{36})(?:\/|$)/i;

/** The tenant that an issuer of Entra's names. */
export function tenantOf(issuer: string): string | null {
  return TENANT.exec(issuer)?.[1]?.toLowerCase() ?? null;
}

function isSignedToken(token: string): boolean {
  return token.split('.').length === 3;
}
