import type { Database } from '../../database/database.ts';
import type { Check } from '../../kernel/check.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { HttpClient } from '../../outbound/outbound.ts';
import type { Look } from '../connection.ts';
import { createSubscriptionClient } from './client.ts';
import { subscriptionStatus } from './subscriptions.ts';

export interface SubscriptionLookNeeds {
  readonly db: Database;
  readonly clock: Clock;
  readonly connection: string;
  readonly graph: HttpClient;
  readonly notificationUrl: string;
}

/** Whether Graph tells us of changes: what we have noted, and what Graph itself has. */
export function lookAtSubscription({ db, clock, connection, graph, notificationUrl }: SubscriptionLookNeeds): Look {
  const see = async (signal: AbortSignal): Promise<Omit<Check, 'what'>> => {
    const [status] = await subscriptionStatus(db, [connection], clock.now());
    if (status?.state !== 'active') {
      const why = status?.problem ?? 'a worker makes it within a minute';
      return { verdict: 'fix', detail: `${connection}: Graph has no subscription for us: ${why}` };
    }
    const listed = await createSubscriptionClient(graph).list(signal);
    if (listed.kind === 'fault') return { verdict: listed.retryable ? 'unclear' : 'fix', detail: listed.message };
    if (listed.body.value.some((one) => one.notificationUrl === notificationUrl)) {
      return {
        verdict: 'fine',
        detail: `Graph calls ${notificationUrl} until ${status.expiresAt?.toISOString()}, and is asked for longer each day`,
      };
    }
    const detail = `${connection}: Graph has no subscription that leads to ${notificationUrl}. A worker finds that out within a day and makes it anew: restart one to have it at once, and see that no other service deletes it.`;
    return { verdict: 'fix', detail };
  };
  return { what: 'subscription', see };
}
