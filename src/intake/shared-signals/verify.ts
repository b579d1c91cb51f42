import type { Log } from '../../kernel/log.ts';
import { createTokenVerifier, shown, type TokenRefusal, type TokenVerifier, type TokenVerifierNeeds } from '../../tokens/tokens.ts';
import type { Disposition, Meaning, Signal } from '../signal.ts';
import { type CriticalMembers, withoutCritical } from './critical.ts';
import { STREAM_UPDATED } from './events.ts';
import { parseSet } from './parse.ts';

/** The error codes of RFC 8935, section 2.4, as far as they are used here. */
export type SetErrorCode = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed';

/** Why a token was not taken, as the transmitter is told. */
export interface SetError {
  readonly err: SetErrorCode;
  readonly description: string;
}

export type ReceivedSet =
  | { readonly kind: 'signals'; readonly signals: readonly Signal[] }
  /** With `retryAfterMs` the token may be good, and whether it is can be told in so many milliseconds. */
  | { readonly kind: 'refused'; readonly error: SetError; readonly retryAfterMs: number | null };

/** A stream of one transmitter. */
export interface SharedSignalsStream {
  readonly connection: string;
  readonly issuer: string;
  /** Whole values of the Authorization header, one of which a push must carry; none: the signature alone tells who sends. */
  readonly bearer: readonly string[];
  readonly verifier: TokenVerifier;
  readonly criticalMembers: CriticalMembers;
}

export const CHANNEL = 'shared-signals';

export interface StreamRules {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

/** Verifies security event tokens; that one has expired is no reason to refuse it, as what it tells has happened all the same. */
export function createSetVerifier({ issuer, audience, jwksUri }: StreamRules, needs: TokenVerifierNeeds): TokenVerifier {
  return createTokenVerifier({ issuer, audience, jwksUri, typ: 'secevent+jwt', needsExpiry: false }, needs);
}

/** Verifies a token of the stream and says what it tells, or why it is refused. */
export async function receiveSet(
  { connection, issuer, verifier, criticalMembers }: SharedSignalsStream,
  token: string,
  bodySha256: string,
  meanings: Readonly<Record<string, Meaning>>,
): Promise<ReceivedSet> {
  const verdict = await verifier.verify(token);
  if (verdict.kind === 'refused') {
    const error = { err: CODES[verdict.cause], description: verdict.message };
    return { kind: 'refused', error, retryAfterMs: verdict.retryAfterMs };
  }
  const parsed = parseSet(verdict.payload, issuer, meanings);
  if (parsed.kind === 'invalid') {
    return { kind: 'refused', error: { err: 'invalid_request', description: parsed.description }, retryAfterMs: null };
  }
  const verifiedBy = `jwksUri, key ${verdict.kid === null ? 'without a name' : shown(verdict.kid)}`;
  const events = await Promise.all(parsed.events.map(async (event) => await withoutCritical(event, criticalMembers)));
  return {
    kind: 'signals',
    signals: events.map((event) => ({ connection, channel: CHANNEL, bodySha256, verifiedBy, ...event })),
  };
}

/** Told to the operator when the stream itself changes: one that is paused or disabled tells of nobody any more. */
export function logStored(log: Pick<Log, 'info' | 'warn'>, signals: readonly Signal[], dispositions: readonly Disposition[]): void {
  const kinds = signals.map(({ kind, note }) => ({ kind, note }));
  const level = signals.some(({ kind }) => kind === STREAM_UPDATED) ? 'warn' : 'info';
  log[level]({ connection: signals[0]?.connection, channel: CHANNEL, kinds, dispositions }, 'signals were stored');
}

const CODES: Readonly<Record<TokenRefusal['cause'], SetErrorCode>> = {
  malformed: 'invalid_request',
  type: 'invalid_request',
  expired: 'invalid_request',
  'not-yet-valid': 'invalid_request',
  algorithm: 'invalid_key',
  'unknown-key': 'invalid_key',
  'key-not-yet-known': 'invalid_key',
  'keys-unreachable': 'invalid_key',
  signature: 'authentication_failed',
  issuer: 'invalid_issuer',
  audience: 'invalid_audience',
};
