import type { TestContext } from 'node:test';
import { oktaRevocationRoutes } from '../../../src/intake/okta-revocation/routes.ts';
import { createRevocationVerifier } from '../../../src/intake/okta-revocation/verify.ts';
import type { Disposition, Meaning } from '../../../src/intake/signal.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { type Answer, send } from '../../http/support/send.ts';
import { type Issuer, type IssuerKey, madeOnce, sign, startIssuer } from '../support/issuer.ts';
import { type KeepingIntake, keepingIntake, startRoutes } from '../support/route-server.ts';

export const ISSUER = 'https://acme.okta.com';
export const AUDIENCE = 'https://leaver.example.com/intake/okta/okta-main/revocation';
const theKey = madeOnce('k1', 'RS256');
export const TYPE = 'global-token-revocation+jwt';
export const ADA = { sub_id: { format: 'email', email: 'ada@example.com' } };

export interface Stage {
  readonly url: string;
  readonly issuer: Issuer;
  readonly key: IssuerKey;
  readonly intake: KeepingIntake;
  readonly lines: string[];
  /** What became of events that come a second time. */
  readonly first: { disposition: Disposition | null };
  signed(claims: Record<string, unknown>): Promise<string>;
  /** Asks for a logout with this value of the Authorization header; none when null. */
  ask(authorization: string | null, body?: unknown, connection?: string): Promise<Answer>;
}

/** The route of Universal Logout on a real socket, before an intake that only keeps what it is given. */
export async function setStage(
  t: TestContext,
  { meanings = {}, clock = systemClock }: { meanings?: Readonly<Record<string, Meaning>>; clock?: Clock } = {},
): Promise<Stage> {
  const key = await theKey();
  const issuer = await startIssuer(t, key);
  const intake = keepingIntake();
  const first: Stage['first'] = { disposition: 'accepted' };
  const verifier = createRevocationVerifier(
    { issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri },
    { clock, log: createLog({ level: 'silent' }) },
  );
  const { url, lines } = await startRoutes(t, (http) =>
    oktaRevocationRoutes(http, {
      intake,
      meanings,
      dispositionOf: async () => first.disposition,
      revocations: [{ connection: 'okta-main', issuer: ISSUER, verifier }],
    }),
  );
  return {
    url,
    issuer,
    key,
    intake,
    lines,
    first,
    signed: async (claims) => await sign(key, claims, { typ: TYPE }),
    ask: async (authorization, body = ADA, connection = 'okta-main') =>
      await send(`${url}/intake/okta/${connection}/revocation`, {
        method: 'POST',
        headers: [['content-type', 'application/json'], ...(authorization === null ? [] : [['authorization', authorization] as const])],
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** The claims of a token as Okta makes it, with changes. */
export function claimsOf(changes: Record<string, unknown> = {}, now = Math.floor(Date.now() / 1_000)): Record<string, unknown> {
  return { jti: 'a-token', iss: ISSUER, sub: '0oaClient', aud: AUDIENCE, iat: now, nbf: now - 300, exp: now + 300, ...changes };
}
