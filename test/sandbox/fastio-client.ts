import type { TestContext } from 'node:test';
import { Agent, request } from 'undici';
import type { Clock } from '../../src/kernel/clock.ts';
import { type FastioOptions, type FastioSandbox, startFastio } from '../../src/sandbox/fastio/fastio.ts';

/** An answer with its body as text and, where it is JSON, as the value. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is; `null` for no header at all. */
  readonly authorization?: string | null;
  readonly idempotencyKey?: string | null;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

export interface Caller {
  readonly fastio: FastioSandbox;
  call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, options?: CallOptions): Promise<Reply>;
  readonly get: (path: string) => Promise<Reply>;
  readonly members: (query?: string) => Promise<Reply>;
  readonly suspend: (userId: string) => Promise<Reply>;
  readonly activate: (userId: string) => Promise<Reply>;
  readonly workspacesOf: (userId: string, query?: string) => Promise<Reply>;
  readonly revokeSessions: (userId: string) => Promise<Reply>;
  readonly deleteTokens: (userId: string) => Promise<Reply>;
  readonly deleteWebhook: (webhookId: string) => Promise<Reply>;
  readonly transfer: (workspaceId: string, newOwnerId: string) => Promise<Reply>;
  readonly remove: (userId: string) => Promise<Reply>;
  readonly audit: (query?: string) => Promise<Reply>;
}

/** A sandbox and a client of it, both gone at the end of the test. */
export async function fastioFor(t: TestContext, options: FastioOptions = {}): Promise<Caller> {
  const fastio = await startFastio(options);
  const agent = new Agent();
  t.after(async () => {
    await agent.destroy();
    await fastio.close();
  });
  const call: Caller['call'] = async (method, path, how = {}) => await send(fastio, agent, method, path, how);
  const user = (userId: string) => `/api/v1/users/${userId}`;
  const status = (value: string) => async (userId: string) => await call('PUT', `${user(userId)}/status`, { body: { status: value } });
  return {
    fastio,
    call,
    get: async (path) => await call('GET', path),
    members: async (query = '') => await call('GET', `/api/v1/orgs/${fastio.orgId}/members${query}`),
    suspend: status('suspended'),
    activate: status('active'),
    workspacesOf: async (userId, query = '') => await call('GET', `${user(userId)}/workspaces${query}`),
    revokeSessions: async (userId) => await call('POST', `${user(userId)}/sessions/revoke-all`),
    deleteTokens: async (userId) => await call('DELETE', `${user(userId)}/tokens`),
    deleteWebhook: async (webhookId) => await call('DELETE', `/api/v1/webhooks/${webhookId}`),
    transfer: async (workspaceId, newOwnerId) =>
      await call('POST', `/api/v1/workspaces/${workspaceId}/transfer`, { body: { new_owner_id: newOwnerId } }),
    remove: async (userId) => await call('DELETE', `/api/v1/orgs/${fastio.orgId}/members/${userId}`),
    audit: async (query = '') => await call('GET', `/api/v1/audit-logs${query}`),
  };
}

async function send(fastio: FastioSandbox, agent: Agent, method: string, path: string, how: CallOptions): Promise<Reply> {
  const { body, authorization = `Bearer ${fastio.token}`, idempotencyKey = method === 'GET' ? null : 'step-1' } = how;
  const headers = {
    ...(authorization === null ? {} : { authorization }),
    ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
    ...(body === undefined ? {} : { 'content-type': how.contentType ?? 'application/json' }),
  };
  const answer = await request(fastio.url + path, {
    dispatcher: agent,
    method: method as 'GET',
    headers,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    ...(how.signal ? { signal: how.signal } : {}),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, text, json: parsed(text) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The envelope's code. */
export function codeIn({ json }: Reply): unknown {
  return (json['error'] as { code?: unknown } | undefined)?.code;
}

/** A clock that stands still until it is moved. */
export function standingClock(): Clock & { move(ms: number): void } {
  let now = Date.parse('2026-01-05T09:00:00Z');
  return {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: async () => {},
    move(ms) {
      now += ms;
    },
  };
}
