import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import type { JsonObject } from '../kernel/json.ts';
import { applicationRemoval, type OktaEvent, type OktaEventType, type OktaUser, oktaDelivery, oktaEvent } from './okta-event.ts';

export { applicationRemoval, type OktaEvent, type OktaEventType, type OktaUser, oktaDelivery, oktaEvent } from './okta-event.ts';
export { type OktaPerson, type OktaUsers, type OktaUsersOptions, startOktaUsers } from './okta-users.ts';

export interface OktaOptions {
  /** Where the hook is registered. */
  readonly hookUrl: string;
  /** The secret header's value, exactly as it is sent: no scheme is added. */
  readonly secret: string;
  /** Name of the secret header; `Authorization` by default. */
  readonly header?: string;
  /** Base of the `source` in deliveries. */
  readonly orgUrl?: string;
  /** How long Okta waits for the end of an answer. 3000 by default, as in life. */
  readonly timeLimitMs?: number;
}

export interface DeliverOptions {
  /** A new one by default. */
  readonly eventId?: string;
  /** Another secret than the registered one. */
  readonly secret?: string;
}

export interface DeactivateOptions extends DeliverOptions {
  /** Applications that are taken away with the account; each adds an event to the same delivery. */
  readonly applications?: readonly string[];
}

/** What Okta saw in the end: the last answer's status, or why there was none. */
export interface Delivery {
  readonly status: number | 'timeout' | 'unreachable';
  readonly attempts: number;
  readonly tookMs: number;
  readonly eventId: string;
}

export interface Verification {
  /** True when the answer was 200 and gave the challenge back unchanged. */
  readonly verified: boolean;
  readonly status: Delivery['status'];
  readonly attempts: number;
}

/** An Okta that tells a hook about people. Nothing it sends is ever rejected: what went wrong is in the result. */
export interface Okta {
  /** The one-time proof that the address belongs to the receiver. */
  verify(): Promise<Verification>;
  deactivate(user: OktaUser, options?: DeactivateOptions): Promise<Delivery>;
  suspend(user: OktaUser, options?: DeliverOptions): Promise<Delivery>;
  unsuspend(user: OktaUser, options?: DeliverOptions): Promise<Delivery>;
  reactivate(user: OktaUser, options?: DeliverOptions): Promise<Delivery>;
  /** Tells that the deletion of an account has begun. */
  delete(user: OktaUser, options?: DeliverOptions): Promise<Delivery>;
  /** One delivery of these events: 3 seconds, one more attempt after 5xx or silence, none after 4xx. */
  deliver(events: readonly OktaEvent[], options?: DeliverOptions): Promise<Delivery>;
  close(): Promise<void>;
}

export function createOkta(options: OktaOptions): Okta {
  const { secret: registered, orgUrl = 'https://sandbox.okta.example' } = options;
  const hook: Hook = { ...options, agent: new Agent(), timeLimitMs: options.timeLimitMs ?? 3_000 };
  const source = `${orgUrl}/api/v1/eventHooks/who${randomBytes(8).toString('hex')}0`;

  async function deliver(events: readonly OktaEvent[], { eventId = randomUUID(), secret = registered }: DeliverOptions = {}) {
    const body = JSON.stringify(oktaDelivery(events, eventId, source));
    const { status, attempts, tookMs } = await withRetry(() => call(hook, 'POST', secretHeader(hook, secret), body));
    return { status, attempts, tookMs, eventId };
  }
  const tell = (eventType: OktaEventType) => async (user: OktaUser, how?: DeliverOptions) =>
    await deliver([oktaEvent(eventType, user)], how);

  return {
    deliver,
    verify: async () => await verify(hook),
    async deactivate(user, { applications = [], ...how } = {}) {
      const removals = applications.map((application) => applicationRemoval(user, application));
      return await deliver([oktaEvent('user.lifecycle.deactivate', user), ...removals], how);
    },
    suspend: tell('user.lifecycle.suspend'),
    unsuspend: tell('user.lifecycle.unsuspend'),
    reactivate: tell('user.lifecycle.reactivate'),
    delete: tell('user.lifecycle.delete.initiated'),
    // Connections still open belong to calls that were given up.
    close: async () => await hook.agent.destroy(),
  };
}

interface Hook {
  readonly hookUrl: string;
  readonly secret: string;
  readonly header?: string;
  readonly timeLimitMs: number;
  readonly agent: Agent;
}

interface Attempt {
  readonly status: Delivery['status'];
  readonly text: string;
}

async function verify(hook: Hook): Promise<Verification> {
  const challenge = randomBytes(24).toString('base64url');
  const headers = { ...secretHeader(hook, hook.secret), 'x-okta-verification-challenge': challenge };
  const { status, text, attempts } = await withRetry(() => call(hook, 'GET', headers));
  return { verified: status === 200 && verificationIn(text) === challenge, status, attempts };
}

function verificationIn(text: string): unknown {
  try {
    return (JSON.parse(text) as JsonObject | null)?.['verification'];
  } catch {
    return undefined;
  }
}

async function withRetry(attempt: () => Promise<Attempt>): Promise<Attempt & { attempts: number; tookMs: number }> {
  const start = performance.now();
  const first = await attempt();
  const again = typeof first.status !== 'number' || first.status >= 500;
  const last = again ? await attempt() : first;
  return { ...last, attempts: again ? 2 : 1, tookMs: performance.now() - start };
}

function secretHeader({ header = 'Authorization' }: Hook, secret: string): Record<string, string> {
  return { [header]: secret };
}

/** One attempt within the time limit, which counts to the last byte of the answer. */
async function call(hook: Hook, method: 'GET' | 'POST', own: Record<string, string>, body?: string): Promise<Attempt> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), hook.timeLimitMs);
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...own };
  try {
    const answer = await request(hook.hookUrl, { method, headers, body: body ?? null, dispatcher: hook.agent, signal: limit.signal });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch {
    return { status: limit.signal.aborted ? 'timeout' : 'unreachable', text: '' };
  } finally {
    clearTimeout(timer);
  }
}
