import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';
import { startEntra } from '../../src/sandbox/entra.ts';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { METRICS } from '../../src/telemetry/catalogue.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { send } from '../http/support/send.ts';
import { startDatabaseProxy } from '../intake/support/database-proxy.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';
import { parseMetrics, type Sample, sampleOf } from './exposition.ts';

const IDLE = {
  standing: async () => null,
  subscriptions: async () => null,
  checks: async () => [],
  targets: [],
  ledgerCheck: () => null,
};

async function scrape(url: string): Promise<readonly Sample[]> {
  const { status, headers, text } = await send(`${url}/metrics`);
  assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  return parseMetrics(text);
}

/** Names as the catalogue has them, without what a histogram adds. */
function familyOf(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return METRICS.some((metric) => metric.name === base && metric.kind === 'histogram') ? base : name;
}

test('a person who is taken out, a message twice and a forged one are counted, and nothing of them is told', async (t) => {
  const { url, fastio, okta, untilState } = await startService(t);
  const ada = fastio.scenario.addUser({ email: 'ada@example.com' });
  fastio.scenario.addWorkspace({ ownerId: ada.id });
  const event = oktaEvent('user.lifecycle.deactivate', { id: '00uAda', login: 'ada@example.com' });
  assert.equal((await okta.deliver([event])).status, 204);
  const { id } = await untilState('ada@example.com', 'completed');
  assert.equal((await okta.deliver([event])).status, 204);
  assert.equal((await okta.deliver([event], { secret: 'a wrong one' })).status, 401);

  const samples = await scrape(url);
  const of = (name: string, labels: Record<string, string> = {}): number | undefined => sampleOf(samples, name, labels);
  const channel = 'okta-event-hook';
  assert.equal(of('leaver_signals_total', { connection: 'okta-main', channel, disposition: 'accepted' }), 1);
  assert.equal(of('leaver_signals_total', { connection: 'okta-main', channel, disposition: 'duplicate' }), 1);
  assert.equal(of('leaver_verification_failures_total', { channel }), 1);
  assert.equal(of('leaver_time_to_contain_seconds_count', { playbook: 'offboard' }), 1);
  assert.equal(of('leaver_time_to_complete_seconds_count', { playbook: 'offboard' }), 1);
  assert.equal(of('leaver_cases_ended_total', { playbook: 'offboard', state: 'completed' }), 1);
  assert.equal(of('leaver_steps_total', { target: 'fastio', action: 'remove-member', outcome: 'verified' }), 1);
  assert.equal(of('leaver_steps_total', { target: 'fastio', action: 'revoke-sessions', outcome: 'acknowledged' }), 1);
  assert.equal(of('leaver_step_duration_seconds_count', { target: 'fastio', action: 'suspend' }), 1);
  assert.equal(of('leaver_outbound_call_duration_seconds_count', { system: 'fastio' }), fastio.requests.length);
  assert.equal(of('leaver_open_cases', { state: 'running' }), 0);
  assert.equal(of('leaver_target_down', { target: 'fastio' }), 0);
  // A wake-up that is kept for the case that this process dies may still be there.
  assert.ok((of('leaver_wake_ups', { lane: 'contain', due: 'now' }) ?? 9) <= 1);
  assert.ok((of('leaver_oldest_wake_up_age_seconds', { lane: 'bulk' }) ?? 99) < 60);
  assert.equal(of('leaver_workers'), 1);
  assert.equal(of('leaver_check_passes', { check: 'worker' }), 1);
  assert.equal(of('leaver_ledger_intact') ?? 1, 1, 'what has been checked so far is sound');

  for (const { name, labels } of samples) {
    const metric = METRICS.find((one) => one.name === familyOf(name));
    assert.ok(metric, `${name} is in the catalogue`);
    const own = Object.keys(labels).filter((label) => label !== 'le');
    assert.deepEqual(own.sort(), [...metric.labels].sort(), name);
  }
  const told = JSON.stringify(samples);
  for (const unbounded of ['@', 'ada', id, ada.id, String(event['uuid']), '00uAda']) {
    assert.ok(!told.includes(unbounded), `${unbounded} is in the metrics`);
  }
});

test('calls that fail, and tries after the first, are counted; a target that is down is told', async (t) => {
  const { url, fastio, okta, call } = await startService(t, {
    config: { http: { timeoutMs: 500, retry: { attempts: 2, minDelayMs: 1, maxDelayMs: 10 } } },
  });
  for (const email of ['a@example.com', 'b@example.com']) {
    fastio.scenario.addUser({ email });
  }
  fastio.fail('resolve', { status: 502, body: 'empty' }, { times: Number.POSITIVE_INFINITY });
  await okta.deactivate({ id: '00uA', login: 'a@example.com' });
  await okta.deactivate({ id: '00uB', login: 'b@example.com' });
  await eventually('the target counts as down', async () => {
    const { body } = await call('GET', '/v1/targets');
    return (body as { items: { downSince: string | null }[] }).items[0]?.downSince ?? null;
  });
  const samples = await scrape(url);
  const failed = sampleOf(samples, 'leaver_outbound_calls_total', { system: 'fastio', method: 'GET', answer: '502' }) ?? 0;
  assert.ok(failed >= 10, `${failed} calls`);
  assert.ok((sampleOf(samples, 'leaver_outbound_retries_total', { system: 'fastio' }) ?? 0) >= 5);
  assert.ok((sampleOf(samples, 'leaver_steps_total', { target: 'fastio', action: 'resolve-account', outcome: 'retry-later' }) ?? 0) >= 4);
  assert.equal(sampleOf(samples, 'leaver_target_down', { target: 'fastio' }), 1);
});

test('without the database the metrics answer all the same, and leave out what only it knows', async (t) => {
  const proxy = await startDatabaseProxy(t, await freshDatabaseUrl(t));
  const { app, url } = await startService(t, { databaseUrl: proxy.url });
  await proxy.cut();
  const samples = await scrape(url);
  assert.equal(sampleOf(samples, 'leaver_check_passes', { check: 'database' }), 0);
  assert.equal(sampleOf(samples, 'leaver_workers'), undefined);
  assert.equal(sampleOf(samples, 'leaver_open_cases', { state: 'running' }), undefined);
  await proxy.mend();
  await app.close();
});

test('what happened before somebody first asked is told, more than is kept too', async () => {
  const metrics = createMetrics({ clock: systemClock });
  for (let count = 0; count < 1_500; count += 1) {
    metrics.observe({ kind: 'sender-refused', channel: 'scim' });
  }
  const samples = parseMetrics(await metrics.render(IDLE));
  assert.equal(sampleOf(samples, 'leaver_verification_failures_total', { channel: 'scim' }), 1_500);
});

test('a gauge that nobody can read any more is left out, and not told as it was', async () => {
  const metrics = createMetrics({ clock: systemClock });
  const standing = { openCases: new Map([['held', 2]]), queue: [], targetsDown: new Set<string>(), workers: 3 };
  const before = parseMetrics(await metrics.render({ ...IDLE, standing: async () => standing }));
  assert.deepEqual([sampleOf(before, 'leaver_workers'), sampleOf(before, 'leaver_open_cases', { state: 'held' })], [3, 2]);
  const after = parseMetrics(await metrics.render(IDLE));
  assert.deepEqual([sampleOf(after, 'leaver_workers'), sampleOf(after, 'leaver_open_cases', { state: 'held' })], [undefined, undefined]);
  assert.ok((sampleOf(after, 'process_resident_memory_bytes') ?? 0) > 0);
});

test('whether Graph tells of changes, and until when, is told of each connection; an end that is over tells nothing', async () => {
  const metrics = createMetrics({ clock: systemClock });
  const expiresAt = new Date('2026-12-01T00:00:00.500Z');
  const subscriptions = async () =>
    [
      { connection: 'entra-a', state: 'active', expiresAt },
      { connection: 'entra-b', state: 'missing', expiresAt },
    ] as const;
  const samples = parseMetrics(await metrics.render({ ...IDLE, subscriptions }));
  const told = (name: string) =>
    ['entra-a', 'entra-b'].map((connection) => sampleOf(samples, `leaver_graph_subscription_${name}`, { connection }));
  assert.deepEqual(
    [told('active'), told('expires_timestamp_seconds')],
    [
      [1, 0],
      [1_796_083_200, undefined],
    ],
  );
});

test('a subscription that Graph does not give us shows in the metrics of the service', async (t) => {
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  entra.fail(/subscriptions/, { status: 500 }, { times: Number.POSITIVE_INFINITY });
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  const graph = { clientState: 'client-state-of-the-tests', tenantId, clientId, clientSecret, baseUrl, tokenUrl };
  const { url } = await startService(t, { config: { connections: [{ id: 'entra-main', kind: 'entra', graph }] } });
  const samples = await scrape(url);
  assert.equal(sampleOf(samples, 'leaver_graph_subscription_active', { connection: 'entra-main' }), 0);
});

test('whether the ledger is whole is told as soon as something has checked it', async () => {
  const metrics = createMetrics({ clock: systemClock });
  const at = new Date(Date.now() - 60_000);
  const broken = parseMetrics(await metrics.render({ ...IDLE, ledgerCheck: () => ({ intact: false, at }) }));
  assert.equal(sampleOf(broken, 'leaver_ledger_intact'), 0);
  const age = sampleOf(broken, 'leaver_ledger_check_age_seconds') ?? 0;
  assert.ok(age >= 60 && age < 90, `${age}`);
  const whole = parseMetrics(await metrics.render({ ...IDLE, ledgerCheck: () => ({ intact: true, at }) }));
  assert.equal(sampleOf(whole, 'leaver_ledger_intact'), 1);
});
