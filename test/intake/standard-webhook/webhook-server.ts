import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { buildHttp } from '../../../src/http/build-http.ts';
import type { Intake } from '../../../src/intake/intake.ts';
import type { Signal } from '../../../src/intake/signal.ts';
import { type StandardWebhook, standardWebhookRoutes } from '../../../src/intake/standard-webhook/routes.ts';
import { toWebhookKey } from '../../../src/intake/standard-webhook/verify.ts';
import { type Clock, systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { undo } from '../../support/undo.ts';
import { SECRET } from './fixtures.ts';

export const MAPPING = {
  type: 'type',
  email: 'data.email',
  effectiveAt: 'data.effectiveAt',
  occurredAt: 'timestamp',
  left: ['employee.terminated'],
  contain: ['employee.suspended'],
  back: ['employee.rehired'],
};

export type Webhook = Partial<Omit<StandardWebhook, 'keys'>> & { readonly secrets?: readonly string[] };

export interface WebhookServerOptions {
  readonly webhooks?: readonly Webhook[];
  readonly clock?: Clock;
  /** Stands in for what stores the signals. */
  readonly accept?: Intake['accept'];
}

/** The route of webhooks on a real socket, before an intake that only keeps what it is given. */
export async function startWebhookServer(
  t: TestContext,
  { webhooks = [{}], clock = systemClock, accept }: WebhookServerOptions = {},
): Promise<{ url: string; accepted: Signal[] }> {
  const accepted: Signal[] = [];
  const keep: Intake['accept'] = async (signals) => {
    accepted.push(...signals);
    return signals.map(() => 'accepted');
  };
  const http = await buildHttp({
    log: createLog({ level: 'silent' }),
    trustProxy: false,
    rateLimit: { max: 1_000_000, windowSeconds: 60 },
  });
  const intake: Intake = { accept: accept ?? keep, list: async () => ({ items: [], nextCursor: null }) };
  standardWebhookRoutes(http, { webhooks: webhooks.map(complete), meanings: {}, intake, clock });
  await http.listen({ host: '127.0.0.1', port: 0 });
  undo(t, async () => await http.close());
  return { url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, accepted };
}

function complete({ secrets = [SECRET], ...rest }: Webhook): StandardWebhook {
  const defaults = { connection: 'hr', toleranceSeconds: 300, mapping: MAPPING, defaultTimeZone: 'UTC' };
  return { ...defaults, keys: secrets.map(toWebhookKey), ...rest };
}
