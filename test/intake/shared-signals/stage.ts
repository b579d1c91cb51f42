import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { sharedSignalsRoutes } from '../../../src/intake/shared-signals/routes.ts';
import { createSetVerifier } from '../../../src/intake/shared-signals/verify.ts';
import type { Meaning } from '../../../src/intake/signal.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { type Answer, send } from '../../http/support/send.ts';
import { type Issuer, type IssuerKey, madeOnce, sign, startIssuer } from '../support/issuer.ts';
import { type KeepingIntake, keepingIntake, startRoutes } from '../support/route-server.ts';

export const ISSUER = 'https://transmitter.example.com';
export const AUDIENCE = 'https://leaver.example.com';
const theKey = madeOnce('k1', 'RS256');
export const TYPE = 'secevent+jwt';
const FOLDER = path.join(import.meta.dirname, '..', '..', 'fixtures', 'ssf');

/** A file that a specification or a vendor published; `index.tsv` beside it says where each comes from. */
export async function fixture(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path.join(FOLDER, `${name}.json`), 'utf8'));
}

export interface StreamOptions {
  readonly connection?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly bearer?: readonly string[];
  /** Members of subjects that its transmitter calls critical. */
  readonly critical?: readonly string[];
}

export interface Stage {
  readonly url: string;
  readonly issuer: Issuer;
  readonly key: IssuerKey;
  readonly intake: KeepingIntake;
  readonly lines: string[];
  /** Signs the claims with the key of the issuer. */
  signed(claims: Record<string, unknown>): Promise<string>;
  /** Pushes a token as a transmitter does; headers given here replace those of the same name. */
  push(token: string, headers?: Readonly<Record<string, string>>, connection?: string): Promise<Answer>;
}

/** The routes of some streams on a real socket, before an intake that only keeps what it is given. All streams trust one key. */
export async function setStage(
  t: TestContext,
  streams: readonly StreamOptions[] = [{}],
  meanings: Readonly<Record<string, Meaning>> = {},
  clock: Clock = systemClock,
): Promise<Stage> {
  const key = await theKey();
  const issuer = await startIssuer(t, key);
  const intake = keepingIntake();
  const needs = { clock, log: createLog({ level: 'silent' }) };
  const { url, lines } = await startRoutes(t, (http) =>
    sharedSignalsRoutes(http, {
      intake,
      meanings,
      streams: streams.map(({ connection = 'signals', issuer: iss = ISSUER, audience = AUDIENCE, bearer = [], critical = [] }) => ({
        connection,
        issuer: iss,
        bearer,
        verifier: createSetVerifier({ issuer: iss, audience, jwksUri: issuer.jwksUri }, needs),
        criticalMembers: async () => critical,
      })),
    }),
  );
  return {
    url,
    issuer,
    key,
    intake,
    lines,
    signed: async (claims) => await sign(key, claims, { typ: TYPE }),
    push: async (token, headers = {}, connection = 'signals') =>
      await send(`${url}/intake/ssf/${connection}/events`, {
        method: 'POST',
        headers: Object.entries({ accept: 'application/json', 'content-type': `application/${TYPE}`, ...headers }),
        body: token,
      }),
  };
}

/** A token that locks Ada out, with changes. */
export function claimsOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    jti: 'a-token',
    iat: 1_790_000_000,
    sub_id: { format: 'email', email: 'ada@example.com' },
    events: { 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise': { credential_type: 'password' } },
    ...changes,
  };
}
