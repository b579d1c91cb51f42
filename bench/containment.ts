import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { createOkta } from '../src/sandbox/okta.ts';
import { OPERATOR_TOKEN, type RunningService, type ServiceSettings } from './processes.ts';

type Site = ServiceSettings['target'];

/** Milliseconds from sending the webhook until the case is contained, by the wall clock that both processes share. */
export async function measureService(service: RunningService, okta: ReturnType<typeof createOkta>, index: number): Promise<number> {
  const email = `leaver${index}@bench.example`;
  const sentAt = Date.now();
  const { status } = await okta.deactivate({ id: `00ubench${index}`, login: email });
  if (status !== 204) {
    throw new Error(`the webhook was answered with ${status}`);
  }
  return (await untilOver(service, email)) - sentAt;
}

/** Waits for the whole case, so that nothing of it runs beside the next measurement. */
async function untilOver(service: RunningService, email: string): Promise<number> {
  for (;;) {
    await delay(50);
    const { body } = await request(`${service.url}/v1/cases?email=${email}`, { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } });
    const [found] = ((await body.json()) as { items: { state: string; reason: string; containedAt: string | null }[] }).items;
    if (found?.state === 'completed' && found.containedAt !== null) {
      return Date.parse(found.containedAt);
    }
    if (found?.state === 'attention') {
      throw new Error(`the case needs attention: ${found.reason}`);
    }
  }
}

/** Milliseconds of a plain script that makes the same calls one after the other and keeps nothing. */
export async function measureScript(site: Site, index: number): Promise<number> {
  const email = `leaver${index}@bench.example`;
  const sentAt = performance.now();
  const found = (await send(site, 'GET', `/api/v1/orgs/${site.orgId}/members?email=${email}&limit=100&offset=0`)) as {
    members: { user_id: string }[];
  };
  const id = found.members[0]?.user_id ?? '';
  await send(site, 'PUT', `/api/v1/users/${id}/status`, { status: 'suspended' });
  await send(site, 'GET', `/api/v1/users/${id}/workspaces?limit=100&offset=0`);
  await send(site, 'POST', `/api/v1/users/${id}/sessions/revoke-all`);
  await send(site, 'DELETE', `/api/v1/users/${id}/tokens`);
  return performance.now() - sentAt;
}

async function send(site: Site, method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${site.token}`,
    ...(method !== 'GET' && { 'idempotency-key': `${method} ${path}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const answer = await request(`${site.url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  if (answer.statusCode >= 300) {
    throw new Error(`${method} ${path} was answered with ${answer.statusCode}`);
  }
  const text = await answer.body.text();
  return text === '' ? null : JSON.parse(text);
}
