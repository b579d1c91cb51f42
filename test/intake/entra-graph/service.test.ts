import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Entra, startEntra } from '../../../src/sandbox/entra.ts';
import { eventually } from '../../support/eventually.ts';
import { HOOK_SECRET, startService, type TestService } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';
import { parseMetrics, sampleOf } from '../../telemetry/exposition.ts';
import { type Recorded, recordedSignals } from '../support/recorded.ts';
import { rows } from '../support/rows.ts';

const EMAIL = 'ada@example.com';
const CLIENT_STATE = 'client-state-of-the-tests';

/** A port that is free now: Graph must be told an address before we listen there. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** The whole service with one tenant, whose subscription is in place. */
async function startWithEntra(
  t: TestContext,
  signals: Readonly<Record<string, string>> = {},
): Promise<{ service: TestService; entra: Entra }> {
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  const port = await freePort();
  const service = await startService(t, {
    config: {
      server: { port, publicUrl: `http://127.0.0.1:${port}` },
      policy: { confirm: 'never', signals },
      connections: [
        { id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } },
        { id: 'entra-main', kind: 'entra', graph: { clientState: CLIENT_STATE, tenantId, clientId, clientSecret, baseUrl, tokenUrl } },
      ],
    },
  });
  await eventually('the subscription is made', () => entra.subscriptions.size === 1);
  return { service, entra };
}

/** Lets time pass for whoever is to be looked at again. */
async function hurry({ databaseUrl }: TestService): Promise<void> {
  await rows(databaseUrl, "update entra_user set due_at = now() - interval '1 hour' where due_at > now() and leased_until is null");
}

async function untilSaid(service: TestService, disposition: string, count = 1): Promise<Recorded[]> {
  return await eventually(`${count} signals are ${disposition}`, async () => {
    await hurry(service);
    const found = (await recordedSignals(service)).filter((one) => one.disposition === disposition);
    return found.length >= count ? found : null;
  });
}

test('the subscription shows in the metrics, with its end', async (t) => {
  const { service, entra } = await startWithEntra(t);
  const [subscription] = [...entra.subscriptions.values()];
  const labels = { connection: 'entra-main' };
  await eventually('the service has written down what Graph answered', async () => {
    const written = await rows(service.databaseUrl, 'select from entra_subscription where expires_at is not null');
    return written.length === 1;
  });
  const samples = parseMetrics(await (await fetch(`${service.url}/metrics`)).text());
  const end = sampleOf(samples, 'leaver_graph_subscription_expires_timestamp_seconds', labels);
  assert.equal(sampleOf(samples, 'leaver_graph_subscription_active', labels), 1);
  assert.equal(end, Math.floor(Date.parse(subscription?.expirationDateTime ?? '') / 1_000));
});

test('somebody whose account is disabled in Entra is taken out of every target, by the id and the e-mail that Graph has', async (t) => {
  const { service, entra } = await startWithEntra(t);
  const leaver = service.fastio.scenario.addUser({ email: EMAIL, sessions: 1 });
  service.fastio.expectLeaver(leaver.id);
  const { id } = entra.add({ email: EMAIL, name: 'Ada' });
  entra.setEnabled(id, false);
  const view = await service.untilState(EMAIL, 'completed');
  assert.deepEqual(
    view.signals.map(({ connection, channel, kind }) => [connection, channel, kind]),
    [['entra-main', 'entra-graph', 'updated']],
  );
  await entra.settled();
  assert.ok(entra.deliveries.every(({ status }) => status === 202));
  assert.deepEqual(service.fastio.violations, []);
  const [entry] = await rows<{ body: string }>(service.databaseUrl, "select body from ledger_entry where kind = 'signal.recorded'");
  const { readBack } = (JSON.parse(entry?.body ?? '') as { data: { readBack: { requests: { path: string; status: number }[] } } }).data;
  assert.partialDeepStrictEqual(readBack, { reading: 'gone', askedBy: 'id' });
  assert.ok(readBack.requests.some(({ path, status }) => path.endsWith('/users/{person}') && status === 200));
});

test('a change of the profile touches nobody, and is recorded with what was read back', async (t) => {
  const { service, entra } = await startWithEntra(t);
  const { id } = entra.add({ email: EMAIL });
  entra.change(id, { displayName: 'Ada L' });
  const [ignored] = await untilSaid(service, 'ignored');
  assert.equal(ignored?.reason, 'read back: accountEnabled true');
  assert.equal(await service.caseOf(EMAIL), null);
});

test('a deletion for good is a leaver at once, by the id alone, where the id is known; where it is not, nobody is guessed', async (t) => {
  const { service, entra } = await startWithEntra(t);
  const { id } = entra.add({ email: EMAIL });
  entra.purge(id);
  const [unresolved] = await untilSaid(service, 'unresolved');
  assert.equal(unresolved?.kind, 'deleted');
  const known = entra.add({ email: 'bela@example.com' });
  entra.softDelete(known.id);
  await untilSaid(service, 'accepted');
  entra.purge(known.id);
  const accepted = await untilSaid(service, 'accepted', 2);
  assert.equal(new Set(accepted.map(({ caseId }) => caseId)).size, 1);
  assert.deepEqual(new Set(accepted.map(({ kind }) => kind)), new Set(['updated', 'deleted']));
});

test('with policy.signals a departure that Graph tells of, in either way, is a lock-out only', async (t) => {
  const { service, entra } = await startWithEntra(t, { updated: 'contain', deleted: 'contain' });
  service.fastio.scenario.addUser({ email: EMAIL });
  const { id } = entra.add({ email: EMAIL });
  entra.softDelete(id);
  await untilSaid(service, 'accepted');
  entra.purge(id);
  await untilSaid(service, 'accepted', 2);
  assert.equal((await service.untilState(EMAIL, 'completed')).playbook, 'contain');
});

test('somebody who is enabled again while the case is open holds it', async (t) => {
  const { service, entra } = await startWithEntra(t);
  // Nobody has an account of theirs: the case stays open.
  const { id } = entra.add({ email: EMAIL });
  entra.setEnabled(id, false);
  await service.untilState(EMAIL, 'attention');
  entra.setEnabled(id, true);
  await untilSaid(service, 'contradicted');
  assert.equal((await service.untilState(EMAIL, 'held')).signals.length, 2);
});

test('an item without the clientState is refused and seen as such; the same person over two channels is one case', async (t) => {
  const { service, entra } = await startWithEntra(t);
  const ada = entra.add({ email: EMAIL });
  entra.tell({ changeType: 'deleted', resource: `users/${ada.id}`, clientState: 'guessed' });
  const [refused] = await untilSaid(service, 'refused');
  assert.match(refused?.reason ?? '', /clientState/);
  assert.equal(await service.caseOf(EMAIL), null);
  await service.okta.deactivate({ id: '00u1', login: EMAIL });
  entra.setEnabled(ada.id, false);
  await untilSaid(service, 'accepted', 2);
  const { body } = await service.call('GET', `/v1/cases?email=${EMAIL}`);
  assert.equal((body as { items: unknown[] }).items.length, 1);
});
