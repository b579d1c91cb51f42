import type { TestContext } from 'node:test';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { buildHttp, type Http } from '../../../src/http/build-http.ts';
import { createOidc, type OidcRules } from '../../../src/http/oidc.ts';
import { operatorRoutes } from '../../../src/http/operator-routes.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { type Issuer, type IssuerKey, madeOnce, sign, startIssuer } from '../../intake/support/issuer.ts';
import { sha256 } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { type MovingClock, movingClock } from '../../targets/support/moving-clock.ts';

export const ISSUER = 'https://id.example.com';
export const AUDIENCE = 'api://leaver';
export const STATIC_TOKEN = 'static-token-of-the-desk';

/** Some routes of an operator API, and the OpenID provider whose tokens it takes. */
export interface OperatorStage {
  readonly http: Http;
  readonly issuer: Issuer;
  readonly key: IssuerKey;
  readonly clock: MovingClock;
  /** Log lines, parsed. */
  readonly logged: () => Record<string, unknown>[];
  readonly logText: () => string;
  /** Claims that nothing is wrong with, but for those given. */
  claims(changes?: JWTPayload): JWTPayload;
  call(token: string, method?: 'GET' | 'POST', path?: string): Promise<{ status: number; body: string; headers: Record<string, unknown> }>;
  /** The name under which the holder of such a token is recorded, or the status of the refusal. */
  nameOf(claims: JWTPayload): Promise<string | number>;
}

const keyOf = madeOnce('k1', 'RS256');

export async function setOperatorStage(t: TestContext, rules: Partial<OidcRules> = {}): Promise<OperatorStage> {
  const { log, lines } = keptLog();
  const clock = movingClock();
  const key = await keyOf();
  const issuer = await startIssuer(t, key);
  const all = {
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: issuer.jwksUri,
    claim: 'groups',
    nameClaim: 'sub',
    roles: { readers: 'viewer', desk: 'operator', chiefs: 'admin' } as const,
    ...rules,
  };
  const http = await buildHttp({ log, trustProxy: false, rateLimit: { max: 1_000, windowSeconds: 60 } });
  const tokens = [{ name: 'it-desk', role: 'operator', sha256: sha256(STATIC_TOKEN) }] as const;
  addRoutes(http, { tokens, oidc: createOidc(all, { clock, log }) });
  undo(t, async () => await http.close());
  const now = Math.floor(clock.now().getTime() / 1_000);
  const claims: OperatorStage['claims'] = (changes) => ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'u-1',
    groups: ['desk'],
    exp: now + 300,
    ...changes,
  });
  const call: OperatorStage['call'] = async (token, method = 'GET', path = '/v1/name') => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await http.inject({ method, url: path, headers });
    return { status: answer.statusCode, body: answer.body, headers: answer.headers };
  };
  return {
    http,
    issuer,
    key,
    clock,
    claims,
    call,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    logText: () => lines.join(''),
    nameOf: async (of) => {
      const { status, body } = await call(await sign(key, of, { typ: 'at+jwt' }));
      return status === 200 ? (JSON.parse(body) as { name: string }).name : status;
    },
  };
}

/** One route for each permission, and one that is refused by what it does. */
function addRoutes(http: Http, access: Parameters<typeof operatorRoutes>[1]): void {
  const routes = operatorRoutes(http, access);
  const named = { response: { 200: z.object({ name: z.string() }) } };
  routes.get('/v1/name', 'viewer', named, async (request) => ({ name: request.operator?.name ?? '' }));
  routes.get('/v1/open', 'public', named, async () => ({ name: 'anybody' }));
  routes.get('/v1/secrets', 'admin', named, async () => ({ name: 'a chief' }));
  routes.post(
    '/v1/cases/:id/change',
    'operator',
    { params: z.object({ id: z.string() }) },
    async (_request, reply) => await reply.status(202).send({}),
  );
  routes.post('/v1/refused', 'operator', {}, async () => {
    throw new LeaverError('conflict', 'No case was opened for ada@example.com.');
  });
}
