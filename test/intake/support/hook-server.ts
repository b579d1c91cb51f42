import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { buildHttp } from '../../../src/http/build-http.ts';
import type { Intake } from '../../../src/intake/intake.ts';
import { type OktaEventHook, oktaEventHookRoutes } from '../../../src/intake/okta-event-hook/routes.ts';
import type { Signal } from '../../../src/intake/signal.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { undo } from '../../support/undo.ts';

export const SECRET = 'the-secret-of-the-hook';

/** The routes of event hooks on a real socket, before an intake that only keeps what it is given. */
export async function startHookServer(
  t: TestContext,
  hooks: readonly OktaEventHook[] = [{ connection: 'okta-main', header: 'authorization', secrets: [SECRET] }],
): Promise<{ url: string; accepted: Signal[] }> {
  const accepted: Signal[] = [];
  const intake: Intake = {
    accept: async (signals) => {
      accepted.push(...signals);
      return signals.map(() => 'accepted');
    },
    list: async () => ({ items: [], nextCursor: null }),
  };
  const http = await buildHttp({
    log: createLog({ level: 'fatal' }),
    trustProxy: false,
    rateLimit: { max: 1_000_000, windowSeconds: 60 },
  });
  oktaEventHookRoutes(http, { hooks, meanings: {}, intake });
  await http.listen({ host: '127.0.0.1', port: 0 });
  undo(t, async () => await http.close());
  return { url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, accepted };
}
