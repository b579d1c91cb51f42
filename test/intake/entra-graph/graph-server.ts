import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { buildHttp } from '../../../src/http/build-http.ts';
import type { Judged } from '../../../src/intake/entra-graph/judge.ts';
import { graphRoutes } from '../../../src/intake/entra-graph/routes.ts';
import type { Signal } from '../../../src/intake/signal.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { type Entra, startEntra } from '../../../src/sandbox/entra.ts';
import { createTokenVerifier } from '../../../src/tokens/tokens.ts';
import { undo } from '../../support/undo.ts';

export const CLIENT_STATE = 'client-state-of-the-tests';

export interface GraphServer {
  readonly url: string;
  readonly entra: Entra;
  readonly accepted: Signal[];
  readonly kept: Pick<Judged, 'readBacks' | 'lifecycle'>[];
  /** From now on nothing can be stored. */
  breakStore(): void;
  post(body: unknown, query?: string): Promise<{ status: number; text: string; headers: Headers }>;
}

/** Where the keys of Graph are, and what time it is; by default those of the sandbox, and now. */
export interface GraphServerOptions {
  readonly jwksUri?: string;
  readonly clock?: Clock;
}

/** The route of notifications on a real socket, before an intake that only keeps what it is given; Graph's keys are those of a sandbox. */
export async function startGraphServer(t: TestContext, { jwksUri, clock = systemClock }: GraphServerOptions = {}): Promise<GraphServer> {
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const accepted: Signal[] = [];
  const kept: Pick<Judged, 'readBacks' | 'lifecycle'>[] = [];
  let isBroken = false;
  const store = <T>(list: T[], items: readonly T[]): void => {
    if (isBroken) throw new LeaverError('unavailable', 'The database is away.');
    list.push(...items);
  };
  const log = createLog({ level: 'fatal' });
  const http = await buildHttp({ log, trustProxy: false, rateLimit: { max: 1_000_000, windowSeconds: 60 } });
  const { tenantId, clientId, origin } = entra;
  const tokens = createTokenVerifier(
    {
      issuer: [`https://sts.windows.net/${tenantId}/`, `${origin}/${tenantId}/v2.0`],
      audience: clientId,
      jwksUri: jwksUri ?? `${origin}/common/discovery/v2.0/keys`,
      typ: null,
    },
    { clock, log },
  );
  graphRoutes(http, {
    connections: [{ connection: 'entra-main', clientStates: [CLIENT_STATE], tenantId, tokens }],
    intake: {
      accept: async (signals) => {
        store(accepted, signals);
        return signals.map(() => 'accepted');
      },
      list: async () => ({ items: [], nextCursor: null }),
    },
    keep: async (_connection, { readBacks, lifecycle }) => store(kept, [{ readBacks, lifecycle }]),
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  undo(t, async () => await http.close());
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}/intake/entra/entra-main/notifications`;
  const post: GraphServer['post'] = async (body, query = '') => {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}${query}`, { method: 'POST', body: sent, headers: { 'content-type': 'application/json' } });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const breakStore = (): void => {
    isBroken = true;
  };
  return { url, entra, accepted, kept, breakStore, post };
}

export interface Fixture {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly value: readonly Readonly<Record<string, unknown>>[] };
  readonly response: { readonly status: number; readonly body: unknown };
}

export async function fixture<T = Fixture>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`../../fixtures/entra-graph/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** The item of a user's change, as Graph sends it. */
export function userItem(changeType: string, userId: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    subscriptionId: 's-1',
    subscriptionExpirationDateTime: '2026-12-01T00:00:00.0000000Z',
    clientState: CLIENT_STATE,
    changeType,
    resource: `Users/${userId}`,
    resourceData: { '@odata.type': '#Microsoft.Graph.User', '@odata.id': `Users/${userId}`, id: userId },
    ...more,
  };
}
