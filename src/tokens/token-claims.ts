import type { JWTPayload } from 'jose';
import type { TokenRefusal, TokenRules } from './signed-token.ts';

const TOLERANCE_SECONDS = 60;

/** What is wrong with the claims of a token whose signature is good; null when nothing is. */
export function checkClaims(claims: JWTPayload, rules: TokenRules, now: Date): TokenRefusal | null {
  return checkIssuer(claims, rules) ?? checkAudience(claims, rules) ?? checkTimes(claims, rules, now.getTime() / 1_000);
}

export function refuse(cause: TokenRefusal['cause'], message: string, retryAfterMs: number | null = null): TokenRefusal {
  return { kind: 'refused', cause, message, retryAfterMs };
}

/** A short name out of a token, as it may stand in a message. */
export function shown(value: unknown): string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,200}$/.test(value) ? value : 'something that cannot be shown';
}

function checkIssuer({ iss }: JWTPayload, { issuer }: TokenRules): TokenRefusal | null {
  const issuers = typeof issuer === 'string' ? [issuer] : issuer;
  return typeof iss === 'string' && issuers.includes(iss)
    ? null
    : refuse('issuer', `The token is issued by ${shown(iss)}, and not by ${issuers.join(' or ')}.`);
}

function checkAudience({ aud }: JWTPayload, { audience }: TokenRules): TokenRefusal | null {
  const isMeant = typeof aud === 'string' ? aud === audience : Array.isArray(aud) && aud.includes(audience);
  return isMeant ? null : refuse('audience', `The token is made for ${shown(Array.isArray(aud) ? aud[0] : aud)}, and not for ${audience}.`);
}

function checkTimes({ exp, nbf }: JWTPayload, rules: TokenRules, now: number): TokenRefusal | null {
  const { clockToleranceSeconds: tolerance = TOLERANCE_SECONDS, needsExpiry = true } = rules;
  if (nbf !== undefined && !isTime(nbf)) {
    return refuse('malformed', 'The nbf of the token is not a time in seconds.');
  }
  if (nbf !== undefined && nbf > now + tolerance) {
    return refuse('not-yet-valid', 'The token is not valid yet. Check the clocks of both sides.');
  }
  if (needsExpiry && !isTime(exp)) {
    return refuse('malformed', 'The token does not say until when it is valid (exp).');
  }
  return needsExpiry && isTime(exp) && exp <= now - tolerance
    ? refuse('expired', 'The token has expired. Check the clocks of both sides, and send a new one.')
    : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
