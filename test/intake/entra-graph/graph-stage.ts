import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Database } from '../../../src/database/database.ts';
import { createEntraReader, openGraph } from '../../../src/directory/reader.ts';
import type { ReadBackNeeds } from '../../../src/intake/entra-graph/read-back.ts';
import type { WatchedConnection } from '../../../src/intake/entra-graph/subscriptions.ts';
import type { Signal } from '../../../src/intake/signal.ts';
import { type Entra, type EntraOptions, type Subscription, startEntra } from '../../../src/sandbox/entra.ts';
import { freshDatabase } from '../../support/database.ts';
import { undo } from '../../support/undo.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { type MovingClock, movingClock } from '../../targets/support/moving-clock.ts';

export interface GraphStage {
  readonly db: Database;
  readonly url: string;
  readonly entra: Entra;
  readonly clock: MovingClock;
  readonly watched: WatchedConnection;
  /** What the worker needs; its signals go into `signals`. */
  readonly needs: ReadBackNeeds;
  readonly signals: Signal[];
  readonly lines: readonly string[];
  /** Whether the receiver of notifications gives tokens back. */
  readonly receiver: { isUp: boolean };
}

export const alive = (): AbortSignal => new AbortController().signal;

/** A database, a tenant whose time is that of the stage, and the address that its notifications go to. */
export async function graphStage(t: TestContext, options: EntraOptions = {}): Promise<GraphStage> {
  const clock = movingClock(new Date().toISOString());
  const { db, url } = await freshDatabase(t);
  const entra = await startEntra({ now: () => clock.now(), tells: false, ...options });
  undo(t, async () => await entra.close());
  const { log, lines } = keptLog();
  const { graphUrl: baseUrl, tokenUrl, clientId, clientSecret } = entra;
  const http = { timeoutMs: 400, retry: { attempts: 1, minDelayMs: 1, maxDelayMs: 10 } };
  const graph = openGraph({ connection: 'entra-main', baseUrl, tokenUrl, clientId, clientSecret, http, clock, log });
  undo(t, async () => await graph.close());
  const receiver = { isUp: true };
  const notificationUrl = await startReceiver(t, receiver);
  const signals: Signal[] = [];
  const accept: ReadBackNeeds['intake']['accept'] = async (accepted) => {
    signals.push(...accepted);
    return accepted.map(() => 'accepted');
  };
  const readers = new Map([['entra-main', createEntraReader({ connection: 'entra-main', graph })]]);
  return {
    db,
    url,
    entra,
    clock,
    receiver,
    watched: { connection: 'entra-main', graph, notificationUrl, clientState: 'a-client-state' },
    needs: { db, readers, intake: { accept }, meanings: {}, clock, log },
    signals,
    lines,
  };
}

async function startReceiver(t: TestContext, receiver: { readonly isUp: boolean }): Promise<string> {
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '/', 'http://receiver').searchParams.get('validationToken') ?? '';
    request.resume();
    response.writeHead(receiver.isUp ? 200 : 503, { 'content-type': 'text/plain' }).end(token);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(t, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications`;
}

/** The one subscription that Graph has, or the test fails. */
export function onlySubscription({ entra }: GraphStage): Subscription {
  const [only, ...more] = entra.subscriptions.values();
  assert.ok(only && more.length === 0, `${entra.subscriptions.size} subscriptions`);
  return only;
}
