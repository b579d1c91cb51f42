import type { TestContext } from 'node:test';
import type { JWTPayload } from 'jose';
import { createLog, type Log } from '../../src/kernel/log.ts';
import { createTokenVerifier, type TokenRules, type TokenVerifier } from '../../src/tokens/signed-token.ts';
import { type Issuer, type IssuerKey, makeKey, startIssuer } from '../intake/support/issuer.ts';
import { type MovingClock, movingClock } from '../targets/support/moving-clock.ts';

export interface Stage {
  readonly issuer: Issuer;
  readonly key: IssuerKey;
  readonly clock: MovingClock;
  readonly verifier: TokenVerifier;
  /** Claims that nothing is wrong with, but for those given. */
  claims(changes?: JWTPayload): JWTPayload;
  /** `verified`, or the cause of the refusal. */
  verdict(token: string): Promise<string>;
}

export const ISSUER = 'https://issuer.example.com';
export const AUDIENCE = 'https://leaver.example.com';
export const TYPE = 'secevent+jwt';

/** A verifier and the issuer it trusts. */
export async function setStage(t: TestContext, rules: Partial<TokenRules> = {}, log: Log = createLog({ level: 'silent' })): Promise<Stage> {
  const clock = movingClock();
  const key = await makeKey('k1');
  const issuer = await startIssuer(t, key);
  const all = { issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri, typ: TYPE, ...rules };
  const verifier = createTokenVerifier(all, { clock, log });
  const now = Math.floor(clock.now().getTime() / 1_000);
  return {
    issuer,
    key,
    clock,
    verifier,
    claims: (changes) => ({ iss: ISSUER, aud: AUDIENCE, jti: 'a-token', iat: now, exp: now + 300, ...changes }),
    verdict: async (token) => {
      const verdict = await verifier.verify(token);
      return verdict.kind === 'verified' ? 'verified' : verdict.cause;
    },
  };
}
