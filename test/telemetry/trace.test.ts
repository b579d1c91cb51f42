import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { buildHttp } from '../../src/http/build-http.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { traceparent } from '../../src/kernel/trace.ts';
import { createHookClient, createHttpClient } from '../../src/outbound/outbound.ts';
import { startEntra } from '../../src/sandbox/entra.ts';
import { eventually } from '../support/eventually.ts';
import { HOOK_SECRET, startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { recordRequests, recordTraces } from './support.ts';

const HOOK = 'POST /intake/okta/:connection/events';

function traceOf(span: ReadableSpan | undefined): string {
  return span?.spanContext().traceId ?? 'no span';
}

function idsOf(spans: readonly ReadableSpan[]): string[] {
  return spans.map((span) => span.spanContext().spanId);
}

test('one trace reaches from the hook through the wake-ups to the last call of the target, which is told of it', async (t) => {
  const traces = recordTraces(t);
  const sent = recordRequests(t);
  const { app, fastio, okta, untilState } = await startService(t);
  const ada = fastio.scenario.addUser({ email: 'ada@example.com' });
  fastio.scenario.addWorkspace({ ownerId: ada.id });
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  await untilState('ada@example.com', 'completed');
  await app.close();

  const spans = traces.spans();
  const hook = spans.find(({ name }) => name === HOOK);
  const ofHook = spans.filter((span) => traceOf(span) === traceOf(hook));
  const calls = sent.filter(({ origin }) => fastio.url.startsWith(origin));
  assert.ok(calls.length >= 12, 'the target was called for every step');
  assert.equal(fastio.requests.length, calls.length);
  const clients = ofHook.filter(({ kind, name }) => kind === SpanKind.CLIENT && name.endsWith(' fastio'));
  assert.deepEqual(
    calls.map((call) => call.traceparent).sort(),
    clients.map((span) => `00-${traceOf(hook)}-${span.spanContext().spanId}-01`).sort(),
    'each call names the span that stands for it',
  );
  const names = new Set(ofHook.map(({ name }) => name));
  for (const name of [
    'store signals',
    'case wake',
    'step suspend',
    'step transfer-workspace',
    'case result',
    'step remove-member',
    'step verify-audit',
  ]) {
    assert.ok(names.has(name), `${name} is in the trace`);
  }
  const known = new Set(idsOf(ofHook));
  const orphans = ofHook.filter((span) => span !== hook && !known.has(span.parentSpanContext?.spanId ?? ''));
  assert.deepEqual(
    orphans.map(({ name }) => name),
    [],
    'everything hangs together',
  );
  const told = JSON.stringify(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })));
  for (const secret of ['@', '%40', HOOK_SECRET, fastio.token]) {
    assert.ok(!told.includes(secret), `${secret} is in a span`);
  }
});

test('people of whom one process is told at once, and whom another one takes out, each have their own trace', async (t) => {
  const traces = recordTraces(t);
  const api = await startService(t, { config: { roles: ['api'] } });
  const { fastio, databaseUrl } = api;
  await startService(t, { config: { roles: ['worker'] }, databaseUrl, sandbox: fastio });
  const people = ['ada', 'bob', 'cyd'].map((name) => ({
    login: `${name}@example.com`,
    id: fastio.scenario.addUser({ email: `${name}@example.com` }).id,
  }));
  const statuses = await Promise.all(people.map(async ({ login }) => (await api.okta.deactivate({ id: `00u${login}`, login })).status));
  assert.deepEqual(statuses, [204, 204, 204]);
  await Promise.all(people.map(async ({ login }) => await api.untilState(login, 'completed')));

  const spans = traces.spans();
  const hooks = spans.filter(({ name }) => name === HOOK).map(traceOf);
  const removals = people.map(({ id }) =>
    spans.filter(
      ({ attributes }) => attributes['http.request.method'] === 'DELETE' && String(attributes['url.path']).endsWith(`/members/${id}`),
    ),
  );
  assert.deepEqual(removals.map((of) => traceOf(of[0])).sort(), hooks.sort());
});

test('of whom a notification only says that they changed, the reading and all that follows belong to its trace', async (t) => {
  const traces = recordTraces(t);
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  const port = await freePort();
  const graph = { clientState: 'client-state-of-the-tests', tenantId, clientId, clientSecret, baseUrl, tokenUrl };
  const { fastio, untilState } = await startService(t, {
    config: {
      server: { port, publicUrl: `http://127.0.0.1:${port}` },
      connections: [{ id: 'entra-main', kind: 'entra', graph }],
    },
  });
  await eventually('the subscription is made', () => entra.subscriptions.size === 1);
  fastio.scenario.addUser({ email: 'ada@example.com' });
  const user = entra.add({ email: 'ada@example.com', name: 'Ada' });
  await entra.settled();
  entra.setEnabled(user.id, false);
  await untilState('ada@example.com', 'completed');
  const spans = traces.spans();
  const removal = spans.find(({ name }) => name === 'step remove-member');
  const names = spans.filter((span) => traceOf(span) === traceOf(removal)).map(({ name }) => name);
  for (const name of [
    'POST /intake/entra/:connection/notifications',
    'read back',
    'GET entra-main',
    'store signals',
    'step confirm-departure',
  ]) {
    assert.ok(names.includes(name), `${name} is in ${names}`);
  }
});

test('a trace that is not kept is recorded nowhere, and the target is told so', async (t) => {
  const traces = recordTraces(t, 0);
  const sent = recordRequests(t);
  const { fastio, okta, untilState } = await startService(t);
  fastio.scenario.addUser({ email: 'ada@example.com' });
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  await untilState('ada@example.com', 'completed');
  assert.deepEqual(traces.spans(), []);
  const flags = sent.filter(({ origin }) => fastio.url.startsWith(origin)).map((call) => call.traceparent?.slice(-3));
  assert.deepEqual(new Set(flags), new Set(['-00']));
});

test('of a call that fails a span has the cause, and of a path no address of a person', async (t) => {
  const traces = recordTraces(t);
  const client = createHttpClient({
    name: 'directory',
    baseUrl: `http://127.0.0.1:${await freePort()}`,
    headers: () => ({}),
    credential: 'x',
    timeoutMs: 500,
    retry: { attempts: 2, minDelayMs: 1, maxDelayMs: 1 },
    clock: systemClock,
    log: createLog({ level: 'silent' }),
  });
  const call = { method: 'GET', path: ['users', 'ada@example.com', 'manager'], query: { q: 'ada@example.com' }, expect: {} } as const;
  await client.request({ ...call, signal: new AbortController().signal });
  await client.close();
  assert.deepEqual(
    traces
      .spans()
      .map(({ name, attributes }) => [name, attributes['url.path'], attributes['error.type'], attributes['http.request.resend_count']]),
    [
      ['GET directory', '/users/{e-mail}/manager', 'unreachable', undefined],
      ['GET directory', '/users/{e-mail}/manager', 'unreachable', 1],
    ],
  );
});

test('a message to operators is a call like any other, and its address stands in no span', async (t) => {
  const traces = recordTraces(t);
  const sent = recordRequests(t);
  const url = `http://127.0.0.1:${await freePort()}/services/secret-path`;
  const client = createHookClient({ name: 'slack', url, timeoutMs: 500, clock: systemClock, log: createLog({ level: 'silent' }) });
  await client.post({ body: '{}', headers: {}, signal: new AbortController().signal });
  await client.close();
  const [span] = traces.spans();
  assert.deepEqual([span?.name, span?.attributes['error.type']], ['POST slack', 'unreachable']);
  assert.equal(sent[0]?.traceparent, `00-${traceOf(span)}-${span?.spanContext().spanId}-01`);
  assert.ok(!JSON.stringify(span?.attributes).includes('secret-path'));
});

suite('to which trace a request belongs', () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const { who, trustProxy, forwarded, belongs } of [
    { who: 'a proxy that is trusted', trustProxy: true, forwarded: { 'x-forwarded-for': '192.0.2.1' }, belongs: true },
    { who: 'nobody who did not come through it', trustProxy: true, forwarded: {}, belongs: false },
    { who: 'nobody where no proxy is trusted', trustProxy: false, forwarded: { 'x-forwarded-for': '192.0.2.1' }, belongs: false },
  ]) {
    test(`is said by ${who}`, async (t) => {
      recordTraces(t);
      const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy, rateLimit: { max: 10, windowSeconds: 1 } });
      t.after(async () => await http.close());
      let inside: string | null = null;
      http.post('/x', async () => {
        inside = traceparent();
        return '';
      });
      await http.inject({
        method: 'POST',
        url: '/x',
        headers: { ...forwarded, traceparent: given, 'content-type': 'text/plain' },
        payload: 'a body',
      });
      assert.match(inside ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      assert.equal((inside ?? '').includes('0af7651916cd43dd8448eb211c80319c'), belongs);
    });
  }
});

test('a request whose body comes late is still within its trace', async (t) => {
  recordTraces(t);
  const http = await buildHttp({ log: createLog({ level: 'silent' }), trustProxy: false, rateLimit: { max: 10, windowSeconds: 1 } });
  t.after(async () => await http.close());
  const begun = Promise.withResolvers<void>();
  http.addHook('preParsing', async () => begun.resolve());
  http.post('/x', async () => traceparent() ?? 'none');
  const url = await http.listen({ port: 0, host: '127.0.0.1' });
  const answer = Promise.withResolvers<string>();
  const outgoing = request(
    `${url}/x`,
    { method: 'POST', agent: false, headers: { 'content-type': 'text/plain', 'content-length': 4 } },
    async (response) => answer.resolve(await text(response)),
  );
  outgoing.write('ab');
  await begun.promise;
  outgoing.end('cd');
  assert.match(await answer.promise, /^00-[0-9a-f]{32}-/);
});

test('without tracing nothing is traced, and no call says anything of it', async (t) => {
  const sent = recordRequests(t);
  const { fastio, okta, untilState } = await startService(t);
  fastio.scenario.addUser({ email: 'ada@example.com' });
  await okta.deactivate({ id: '00uAda', login: 'ada@example.com' });
  await untilState('ada@example.com', 'completed');
  assert.equal(traceparent(), null);
  assert.ok(sent.length > 0 && sent.every((call) => call.traceparent === null));
});
