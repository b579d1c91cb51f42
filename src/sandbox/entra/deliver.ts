import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Subscription, Tenant } from './tenant.ts';

/** One notification and how it was answered in the end. */
export interface EntraDelivery {
  readonly body: { readonly value: readonly Readonly<Record<string, unknown>>[] };
  readonly status: number | 'unreachable';
  readonly attempts: number;
}

/** Tells subscribers, again while they answer with 5xx or not at all. */
export interface Deliveries {
  readonly all: readonly EntraDelivery[];
  tellChange(id: string, changeType: 'updated' | 'deleted'): void;
  tellLifecycle(subscriptionId: string, lifecycleEvent: string): void;
  tell(item: Readonly<Record<string, unknown>>, envelope?: Readonly<Record<string, unknown>>): void;
  /** Whether the address gives the token back as plain text, and nothing else. */
  shakeHands(url: string): Promise<boolean>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 20;

export function openDeliveries(tenant: Tenant, tenantId: string, now: () => Date): Deliveries {
  const agent = new Agent();
  const closing = new AbortController();
  const all: EntraDelivery[] = [];
  const underWay = new Set<Promise<void>>();

  const send = (url: string, body: EntraDelivery['body']): void => {
    const task = deliver(agent, url, body, closing.signal)
      .then((sent) => void all.push({ body, ...sent }))
      .finally(() => underWay.delete(task));
    underWay.add(task);
  };
  const living = (): Subscription[] =>
    [...tenant.subscriptions.values()].filter((one) => Date.parse(one.expirationDateTime) > now().getTime());
  const common = ({ id, clientState, expirationDateTime }: Subscription) => ({
    subscriptionId: id,
    subscriptionExpirationDateTime: expirationDateTime,
    clientState,
    tenantId,
  });
  const tell: Deliveries['tell'] = (item, envelope = {}) => {
    for (const one of living()) send(one.notificationUrl, { value: [{ ...common(one), ...item }], ...envelope });
  };
  return {
    all,
    tell,
    tellChange: (id, changeType) => {
      const resourceData = { '@odata.type': '#Microsoft.Graph.User', '@odata.id': `Users/${id}`, id };
      const item = { changeType, resource: `Users/${id}`, resourceData };
      for (const one of living()) {
        if (one.changeType.split(',').includes(changeType)) send(one.notificationUrl, { value: [{ ...common(one), ...item }] });
      }
    },
    tellLifecycle: (subscriptionId, lifecycleEvent) => {
      const one = tenant.subscriptions.get(subscriptionId);
      const url = one?.lifecycleNotificationUrl;
      if (one && url) send(url, { value: [{ ...common(one), lifecycleEvent }] });
    },
    shakeHands: async (url) => await shakeHands(agent, url),
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: async () => {
      closing.abort();
      await agent.destroy();
      await Promise.all(underWay);
    },
  };
}

async function deliver(agent: Agent, url: string, body: object, signal: AbortSignal): Promise<Omit<EntraDelivery, 'body'>> {
  for (let attempts = 1; ; attempts += 1) {
    const status = await post(agent, url, JSON.stringify(body));
    const again = status === 'unreachable' || status >= 500;
    if (!again || attempts === MOST_TRIES || signal.aborted) return { status, attempts };
    await delay(FIRST_PAUSE_MS * 2 ** attempts, undefined, { signal }).catch(() => undefined);
  }
}

async function post(agent: Agent, url: string, body: string): Promise<number | 'unreachable'> {
  try {
    const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, dispatcher: agent });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return 'unreachable';
  }
}

async function shakeHands(agent: Agent, url: string): Promise<boolean> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${crypto.randomUUID()}`;
  const asked = new URL(url);
  asked.searchParams.set('validationToken', token);
  try {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const answer = await request(asked, { method: 'POST', headers, body: '', dispatcher: agent });
    const type = String(answer.headers['content-type']);
    return answer.statusCode === 200 && /^text\/plain\b/.test(type) && (await answer.body.text()) === token;
  } catch {
    return false;
  }
}
