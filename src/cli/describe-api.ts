import { buildHttp } from '../http/build-http.ts';
import { healthRoutes } from '../http/health.ts';
import { renderOpenapi } from '../http/openapi.ts';
import { systemClock } from '../kernel/clock.ts';
import { LeaverError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { createLog } from '../kernel/log.ts';
import { registerRoutes } from '../routes.ts';
import { metricsRoute } from '../telemetry/routes.ts';

/** The description of the API as YAML, made from the routes themselves; nothing is connected to and nothing is served. */
export async function describeApi(): Promise<string> {
  const log = createLog({ level: 'silent' });
  const http = await buildHttp({ log, trustProxy: false, rateLimit: { max: 1, windowSeconds: 1 } });
  healthRoutes(http, async () => []);
  metricsRoute(http, async () => '');
  const [db, ledger] = [absent<never>('database'), absent<never>('ledger')];
  const [intake, offboarding, signer] = [absent<never>('intake'), absent<never>('offboarding'), absent<never>('signer')];
  const common = { meanings: {}, intake };
  registerRoutes(http, {
    operators: { tokens: [], oidc: null },
    eventHook: { ...common, hooks: [] },
    revocation: { ...common, revocations: [], dispositionOf: async () => null },
    scim: { ...common, connections: [], publicUrl: '', db, newId, log },
    graph: { ...common, connections: [], keep: absent('keep') },
    sharedSignals: { ...common, streams: [] },
    webhook: { ...common, webhooks: [], clock: systemClock },
    signals: intake,
    connections: [],
    cases: { offboarding, closing: new AbortController().signal },
    ledger: { db, ledger, signer, describe: async () => null },
    retention: { db, ledger },
    targets: { targets: [], outages: async () => new Map() },
  });
  await http.ready();
  try {
    return renderOpenapi(http);
  } finally {
    await http.close();
  }
}

/** Stands where a route only keeps what it will use when it is called; here no route ever is. */
function absent<T extends object>(name: string): T {
  const refuse = (): never => {
    throw new LeaverError('internal', `A route used its ${name} while it was being described`);
  };
  return new Proxy({} as T, { get: refuse });
}
