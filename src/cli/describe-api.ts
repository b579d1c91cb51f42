import { createAuth } from '../http/auth.ts';
import { buildHttp } from '../http/build-http.ts';
import { healthRoutes } from '../http/health.ts';
import { renderOpenapi } from '../http/openapi.ts';
import { oktaEventHookRoutes } from '../intake/okta-event-hook/routes.ts';
import { signalRoutes } from '../intake/routes.ts';
import { standardWebhookRoutes } from '../intake/standard-webhook/routes.ts';
import { systemClock } from '../kernel/clock.ts';
import { LeaverError } from '../kernel/errors.ts';
import { createLog } from '../kernel/log.ts';
import { ledgerRoutes } from '../ledger/routes.ts';
import { caseRoutes } from '../offboarding/routes.ts';
import { targetRoutes } from '../targets/routes.ts';

/** The description of the API as YAML, made from the routes themselves; nothing is connected to and nothing is served. */
export async function describeApi(): Promise<string> {
  const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy: false, rateLimit: { max: 1, windowSeconds: 1 } });
  const requireRole = createAuth([]);
  healthRoutes(http, []);
  oktaEventHookRoutes(http, { hooks: [], meanings: {}, intake: absent('intake') });
  standardWebhookRoutes(http, { webhooks: [], meanings: {}, intake: absent('intake'), clock: systemClock });
  signalRoutes(http, absent('intake'), requireRole);
  caseRoutes(http, { offboarding: absent('offboarding'), requireRole, closing: new AbortController().signal });
  ledgerRoutes(http, { db: absent('db'), ledger: absent('ledger'), signer: absent('signer'), requireRole, describe: async () => null });
  targetRoutes(http, { targets: [], outages: async () => new Map(), requireRole });
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
