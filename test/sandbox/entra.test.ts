import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Entra, type EntraOptions, startEntra } from '../../src/sandbox/entra.ts';
import { undo } from '../support/undo.ts';

const MONTH_MS = 41_760 * 60_000;

interface Tenant {
  readonly entra: Entra;
  readonly authorization: string;
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** A tenant, and somebody who is signed in to it. */
async function tenantFor(t: TestContext, options: EntraOptions = {}): Promise<Tenant> {
  const entra = await startEntra(options);
  undo(t, async () => await entra.close());
  const form = {
    grant_type: 'client_credentials',
    client_id: entra.clientId,
    client_secret: entra.clientSecret,
    scope: `${entra.origin}/.default`,
  };
  const signIn = await fetch(entra.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
  const authorization = `Bearer ${((await signIn.json()) as { access_token: string }).access_token}`;
  const call: Tenant['call'] = async (method, path, body) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${entra.graphUrl}${path}`, { method, headers: { authorization }, ...sent });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  return { entra, authorization, call };
}

/** A receiver that answers notifications as told, and remembers them. */
async function receiverFor(t: TestContext, { handshake = (token: string) => token, statuses = [202] as readonly number[] } = {}) {
  const heard: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const token = new URL(request.url ?? '/', 'http://receiver').searchParams.get('validationToken');
    if (token !== null) return void response.setHeader('content-type', 'text/plain').end(handshake(token));
    heard.push(Buffer.concat(chunks).toString());
    response.writeHead(statuses[heard.length - 1] ?? statuses.at(-1) ?? 202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(t, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`, heard };
}

const wish = (notificationUrl: string, more = {}) => ({
  changeType: 'updated,deleted',
  resource: 'users',
  notificationUrl,
  lifecycleNotificationUrl: notificationUrl,
  clientState: 'a-state',
  expirationDateTime: new Date(Date.now() + MONTH_MS - 60_000).toISOString(),
  ...more,
});

test('a wrong secret gets no token, and no token reads nobody', async (t) => {
  const { entra } = await tenantFor(t);
  const form = { grant_type: 'client_credentials', client_id: entra.clientId, client_secret: 'wrong', scope: `${entra.origin}/.default` };
  assert.equal((await fetch(entra.tokenUrl, { method: 'POST', body: new URLSearchParams(form) })).status, 401);
  assert.equal((await fetch(`${entra.graphUrl}/users`)).status, 401);
});

test('accountEnabled comes only when it is asked for', async (t) => {
  const { entra, call } = await tenantFor(t);
  const { id } = entra.add({ email: 'ann@example.com' });
  assert.deepEqual(Object.keys((await call('GET', `/users/${id}`)).body), ['id', 'displayName', 'mail', 'userPrincipalName']);
  assert.deepEqual((await call('GET', `/users/${id}?$select=accountEnabled`)).body, { accountEnabled: true });
});

test('a subscription is made only for an address that gives the token back, and only once', async (t) => {
  const { entra, call } = await tenantFor(t);
  const deaf = await receiverFor(t, { handshake: (token) => `"${token}"` });
  assert.equal((await call('POST', '/subscriptions', wish(deaf.url))).status, 400);
  const { url } = await receiverFor(t);
  const made = await call('POST', '/subscriptions', wish(url));
  assert.equal(made.status, 201);
  const { value } = (await call('GET', '/subscriptions')).body as { value: { clientState: unknown }[] };
  assert.equal(value[0]?.clientState, null, 'what is secret does not come back when it is read');
  assert.equal((await call('POST', '/subscriptions', wish(url))).status, 409);
  assert.equal(entra.subscriptions.size, 1);
});

test('no subscription is made or renewed for longer than 41,760 minutes', async (t) => {
  const { call } = await tenantFor(t);
  const { url } = await receiverFor(t);
  const tooLong = { expirationDateTime: new Date(Date.now() + MONTH_MS + 60_000).toISOString() };
  assert.equal((await call('POST', '/subscriptions', wish(url, tooLong))).status, 400);
  const { body } = await call('POST', '/subscriptions', wish(url));
  assert.equal((await call('PATCH', `/subscriptions/${String(body['id'])}`, tooLong)).status, 400);
});

test('every change is told to the subscriber, disabling and soft deletion as updates, again while it answers with 5xx', async (t) => {
  const { entra, call } = await tenantFor(t);
  const { url, heard } = await receiverFor(t, { statuses: [503, 202] });
  await call('POST', '/subscriptions', wish(url));
  const { id } = entra.add({ email: 'ann@example.com' });
  await entra.settled();
  entra.setEnabled(id, false);
  entra.softDelete(id);
  entra.purge(id);
  await entra.settled();
  assert.deepEqual(
    entra.deliveries.map(({ status, attempts }) => [status, attempts]),
    [
      [202, 2],
      [202, 1],
      [202, 1],
      [202, 1],
    ],
  );
  const items = heard.map((text) => (JSON.parse(text) as { value: [Record<string, unknown>] }).value[0]);
  assert.deepEqual(items.map((item) => item['changeType']).sort(), ['deleted', 'updated', 'updated', 'updated', 'updated']);
  assert.ok(items.every((item) => item['clientState'] === 'a-state' && item['resource'] === `Users/${id}`));
});

test('the end of a subscription is told where it was asked for', async (t) => {
  const { entra, call } = await tenantFor(t);
  const { url, heard } = await receiverFor(t);
  const { body } = await call('POST', '/subscriptions', wish(url));
  entra.removeSubscription(String(body['id']));
  await entra.settled();
  assert.match(heard[0] ?? '', /"lifecycleEvent":"subscriptionRemoved"/);
  assert.equal((await call('PATCH', `/subscriptions/${String(body['id'])}`, {})).status, 404);
});

test('trouble strikes as often as it was asked for, before or after the effect', async (t) => {
  const { entra, call } = await tenantFor(t);
  const { url } = await receiverFor(t);
  entra.fail(/users$/, { status: 429, headers: { 'retry-after': '7' } });
  assert.deepEqual([(await call('GET', '/users')).status, (await call('GET', '/users')).status], [429, 200]);
  entra.fail(/^POST .*subscriptions$/, 'reset', { afterEffect: true });
  await assert.rejects(call('POST', '/subscriptions', wish(url)));
  assert.equal(entra.subscriptions.size, 1);
});
