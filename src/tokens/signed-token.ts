import { type CryptoKey, compactVerify, errors, type JWTPayload } from 'jose';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createKeySet, type KeyHint, type KeySource, type KeysFound } from './key-set.ts';
import { checkClaims, refuse, shown } from './token-claims.ts';
import { acceptedForm, readHeader } from './token-header.ts';

/** What a token must be like, and where the keys of its issuer are. */
export interface TokenRules {
  readonly issuer: string | readonly string[];
  readonly audience: string;
  readonly jwksUri: KeySource;
  /** By default RSA, RSA-PSS and ECDSA with SHA-256, 384 and 512, and EdDSA. Never `none`, never HMAC. */
  readonly algorithms?: readonly string[];
  /** Compared without regard to case, with or without `application/`; an empty one stands for a token that names none. Null: any, or none at all. */
  readonly typ?: string | readonly string[] | null;
  /** 60 by default. */
  readonly clockToleranceSeconds?: number;
  /** By default a token must say until when it is valid, and is refused afterwards; false: `exp` is not looked at. */
  readonly needsExpiry?: boolean;
}

/** A token that was signed by its issuer, for us, and is valid now. */
export interface VerifiedToken {
  readonly payload: JWTPayload;
  readonly kid: string | null;
  readonly algorithm: string;
}

/** Why a token was not believed. The message is for people, and has nothing of the token but short names. */
export interface TokenRefusal {
  readonly kind: 'refused';
  readonly cause:
    | 'malformed'
    | 'algorithm'
    | 'type'
    | 'issuer'
    | 'audience'
    | 'expired'
    | 'not-yet-valid'
    | 'unknown-key'
    | 'signature'
    | 'key-not-yet-known'
    | 'keys-unreachable';
  readonly message: string;
  /** The token may be good: whether it is can be told in so many milliseconds. Null: it is refused for good. */
  readonly retryAfterMs: number | null;
}

/** Verifies signed JWTs (RFC 7519) of one issuer. Keys that a token brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are never used. */
export interface TokenVerifier {
  verify(token: string): Promise<({ readonly kind: 'verified' } & VerifiedToken) | TokenRefusal>;
}

export interface TokenVerifierNeeds {
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws LeaverError `internal` when the rules allow an algorithm that does not prove who signed */
export function createTokenVerifier(rules: TokenRules, { clock, log }: TokenVerifierNeeds): TokenVerifier {
  const accepted = acceptedForm(rules);
  const keySet = createKeySet({ jwksUri: rules.jwksUri, clock, log });
  return {
    verify: async (token) => {
      const header = readHeader(token, accepted);
      if ('kind' in header) {
        return header;
      }
      const claims = await readSignedClaims(token, header, await keySet.find(header));
      if ('refusal' in claims) {
        return claims.refusal;
      }
      const { payload } = claims;
      return checkClaims(payload, rules, clock.now()) ?? { kind: 'verified', payload, kid: header.kid ?? null, algorithm: header.alg };
    },
  };
}

type SignedClaims = { readonly payload: JWTPayload } | { readonly refusal: TokenRefusal };

/** What the token says, once one of the keys has proved that its issuer says so. */
async function readSignedClaims(token: string, hint: KeyHint, found: KeysFound): Promise<SignedClaims> {
  if (found.kind !== 'keys') {
    return { refusal: refuseKey(hint, found) };
  }
  const strong = found.keys.filter((key) => !isWeak(key));
  if (strong.length === 0) {
    return { refusal: refuse('unknown-key', `The key ${nameOf(hint)} has fewer than ${LEAST_RSA_BITS} bits, so it proves nothing.`) };
  }
  for (const key of strong) {
    const bytes = await verifiedBytes(token, hint, key);
    if (bytes !== null) {
      return parseClaims(bytes);
    }
  }
  return { refusal: refuse('signature', `The signature of the token is not one of the key ${nameOf(hint)}.`) };
}

function refuseKey(hint: KeyHint, found: Exclude<KeysFound, { kind: 'keys' }>): TokenRefusal {
  const key = `The key ${nameOf(hint)}`;
  switch (found.kind) {
    case 'unknown':
      return refuse('unknown-key', `The issuer has no key ${nameOf(hint)} for ${hint.alg}.`);
    case 'not-yet': {
      const message = `${key} is not known here, and the keys of the issuer were fetched a moment ago. Send it again in a few seconds.`;
      return refuse('key-not-yet-known', message, found.retryAfterMs);
    }
    case 'unreachable': {
      const message = `${key} is not known here, and the keys of the issuer cannot be fetched now (${found.reason}). Send it again later.`;
      return refuse('keys-unreachable', message, found.retryAfterMs);
    }
  }
}

function nameOf({ kid }: KeyHint): string {
  return kid === undefined ? 'without a name' : shown(kid);
}

const LEAST_RSA_BITS = 2_048;

function isWeak({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < LEAST_RSA_BITS;
}

async function verifiedBytes(token: string, { alg }: KeyHint, key: CryptoKey): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(token, key, { algorithms: [alg] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      return null;
    }
    throw error;
  }
}

function parseClaims(bytes: Uint8Array): SignedClaims {
  try {
    const payload: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
      return { payload: payload as JWTPayload };
    }
  } catch {
    // Said below: it is no JSON object either way.
  }
  return { refusal: refuse('malformed', 'What the token signs is not a JSON object.') };
}
