import { createHmac, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { Agent, request } from 'undici';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json.ts';

export interface Employee {
  readonly email: string;
  readonly name?: string;
  /** Number of the employee in the HR system. */
  readonly number?: number;
  /** Where they work, an IANA name. */
  readonly timeZone?: string;
}

export interface HrOptions {
  /** Where the messages go. */
  readonly url: string;
  /** `whsec_…` signs with v1, `whsk_…` with v1a. Several while rotating: every message carries a signature of each. */
  readonly secrets: readonly string[];
  /** Which names the headers have. `webhook` by default. */
  readonly headers?: 'webhook' | 'svix';
  /** Waits before each further attempt, in milliseconds. The schedule of the specification by default: close to three and a half days. */
  readonly schedule?: readonly number[];
  readonly timeLimitMs?: number;
  readonly clock?: Clock;
}

/** What became of a message in the end. */
export interface Sent {
  readonly id: string;
  readonly status: number | 'timeout' | 'unreachable';
  readonly attempts: number;
}

export interface SendOptions {
  /** A new one by default. */
  readonly id?: string;
}

/** An HR system that tells of its people by Standard Webhooks. Nothing it sends is ever rejected: what went wrong is in the result. */
export interface Hr {
  /** Tells of somebody's last day, `effectiveAt`; without it they leave at once. */
  terminate(employee: Employee, effectiveAt?: string, options?: SendOptions): Promise<Sent>;
  suspend(employee: Employee, options?: SendOptions): Promise<Sent>;
  rehire(employee: Employee, options?: SendOptions): Promise<Sent>;
  /** One message with this payload, again and again by the schedule until it is taken or the receiver is gone (410). */
  send(payload: JsonObject | string, options?: SendOptions): Promise<Sent>;
  /** Gives up what is still to be sent again. */
  close(): Promise<void>;
}

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability */
const SCHEDULE_MS = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000];

export function createHr(options: HrOptions): Hr {
  const { schedule = SCHEDULE_MS, clock = systemClock } = options;
  const agent = new Agent();
  const closing = new AbortController();
  const pause = async (ms: number): Promise<boolean> =>
    await clock.sleep(ms, closing.signal).then(
      () => true,
      () => false,
    );

  const send: Hr['send'] = async (payload, { id = `msg_${randomBytes(20).toString('base64url')}` } = {}) => {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    for (let attempts = 1; ; attempts += 1) {
      const { status, retryAfterMs } = await attempt({ ...options, agent, clock }, id, body);
      const wait = schedule[attempts - 1];
      const isOver = isTaken(status) || status === 410 || wait === undefined;
      if (isOver || !(await pause(Math.max(wait, retryAfterMs)))) {
        return { id, status, attempts };
      }
    }
  };
  const tell = async (type: string, employee: Employee, more: JsonObject = {}, how?: SendOptions) =>
    await send({ type, timestamp: clock.now().toISOString(), data: { ...employee, ...more } }, how);

  return {
    terminate: async (employee, effectiveAt, how) =>
      await tell('employee.terminated', employee, effectiveAt === undefined ? {} : { effectiveAt }, how),
    suspend: async (employee, how) => await tell('employee.suspended', employee, {}, how),
    rehire: async (employee, how) => await tell('employee.rehired', employee, {}, how),
    send,
    close: async () => {
      closing.abort();
      await agent.destroy();
    },
  };
}

/** A redirect is no answer: a receiver that has moved is told so by its owner. */
function isTaken(status: Sent['status']): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}

type Sender = HrOptions & { readonly agent: Agent; readonly clock: Clock };

/** The id stays, the time is that of the attempt, and so every attempt is signed anew. */
async function attempt(sender: Sender, id: string, body: string): Promise<{ status: Sent['status']; retryAfterMs: number }> {
  const { url, secrets, clock, agent, timeLimitMs = 15_000, headers: set = 'webhook' } = sender;
  const timestamp = String(Math.floor(clock.now().getTime() / 1_000));
  const signature = secrets.map((secret) => signMessage(secret, `${id}.${timestamp}.${body}`)).join(' ');
  const headers = {
    'content-type': 'application/json',
    [`${set}-id`]: id,
    [`${set}-timestamp`]: timestamp,
    [`${set}-signature`]: signature,
  };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeLimitMs);
  try {
    const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal: limit.signal });
    await answer.body.dump();
    return { status: answer.statusCode, retryAfterMs: 1_000 * (Number(answer.headers['retry-after']) || 0) };
  } catch {
    return { status: limit.signal.aborted ? 'timeout' : 'unreachable', retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** One entry of the list of signatures. */
export function signMessage(secret: string, signed: string | Uint8Array): string {
  const [, kind, base64 = ''] = /^(whsec_|whsk_)(.+)$/.exec(secret) ?? [];
  const content = Buffer.from(signed);
  if (kind !== 'whsk_') {
    return `v1,${createHmac('sha256', Buffer.from(base64, 'base64')).update(content).digest('base64')}`;
  }
  return `v1a,${sign(null, content, privateKey(Buffer.from(base64, 'base64'))).toString('base64')}`;
}

/** The first 32 bytes are the seed; what may follow is the public key. Node takes it wrapped (RFC 8410, section 7). */
function privateKey(bytes: Buffer) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes.subarray(0, 32)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
