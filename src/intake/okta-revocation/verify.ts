import { createTokenVerifier, shown, type TokenRefusal, type TokenVerifier, type TokenVerifierNeeds } from '../../tokens/tokens.ts';

/** A request that Okta certainly made. */
export interface ProvenRequest {
  readonly kind: 'proven';
  /** Of the token, which is good for one request. */
  readonly jti: string;
  readonly issuedAt: Date | null;
  readonly verifiedBy: string;
}

export interface RevocationRules {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

/** @see https://developer.okta.com/docs/guides/oin-universal-logout-overview/ */
export function createRevocationVerifier({ issuer, audience, jwksUri }: RevocationRules, needs: TokenVerifierNeeds): TokenVerifier {
  return createTokenVerifier({ issuer, audience, jwksUri, typ: 'global-token-revocation+jwt' }, needs);
}

/** Who sent the request, by the token in its Authorization header, or why that is not believed. */
export async function proveRequest(verifier: TokenVerifier, authorization: string | undefined): Promise<ProvenRequest | TokenRefusal> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    return malformed('The Authorization header does not carry a bearer token.');
  }
  const verdict = await verifier.verify(token);
  if (verdict.kind === 'refused') {
    return verdict;
  }
  const { jti, iat } = verdict.payload;
  if (typeof jti !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(jti)) {
    return malformed('The token has no id (jti) by which a second use of it could be told.');
  }
  const issuedAt = typeof iat === 'number' && iat > 0 && iat < 10_000_000_000 ? new Date(iat * 1_000) : null;
  const key = verdict.kid === null ? 'without a name' : shown(verdict.kid);
  return { kind: 'proven', jti, issuedAt, verifiedBy: `universalLogout.jwksUri, key ${key}` };
}

function malformed(message: string): TokenRefusal {
  return { kind: 'refused', cause: 'malformed', message, retryAfterMs: null };
}
