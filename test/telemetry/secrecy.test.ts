import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OpenChannel, Sender } from '../../src/cli/demo/channel.ts';
import { openGraph } from '../../src/cli/demo/channels/graph.ts';
import { openOkta } from '../../src/cli/demo/channels/okta.ts';
import { openScim } from '../../src/cli/demo/channels/scim.ts';
import { openSsf } from '../../src/cli/demo/channels/ssf.ts';
import { openUniversalLogout } from '../../src/cli/demo/channels/universal-logout.ts';
import { openWebhook } from '../../src/cli/demo/channels/webhook.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { type People, settlePeople } from '../../src/cli/demo/people.ts';
import { connectTo } from '../../src/cli/service.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFlashback } from '../../src/sandbox/flashback/flashback.ts';
import { send } from '../http/support/send.ts';
import { startDatabaseProxy } from '../intake/support/database-proxy.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { spawnService } from '../support/process.ts';
import { OPERATOR_TOKEN, operatorOf, settings, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';

/** In the order in which they speak. What each asks of a connection of the same name is put together. */
const CHANNELS: readonly OpenChannel[] = [openOkta, openWebhook, openSsf, openUniversalLogout, openGraph, openScim];

async function openSenders(t: TestContext, people: People, origin: string): Promise<readonly Sender[]> {
  const senders: Sender[] = [];
  const closers: Array<() => Promise<void>> = [];
  undo(t, async () => {
    for (const close of closers.reverse()) await close();
  });
  for (const open of CHANNELS) {
    senders.push(await open({ origin, people, provider: 'entra', closers }));
  }
  return senders;
}

function connectionsOf(senders: readonly Sender[]): JsonObject[] {
  const byId = new Map<unknown, JsonObject>();
  for (const { connection } of senders) {
    byId.set(connection['id'], { ...byId.get(connection['id']), ...connection });
  }
  return [...byId.values()];
}

/** Everything in the configuration that is a secret, as it was given. */
function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(secretsIn) : [];
}

/** What somebody sends who guesses, on every channel and to the operators. */
async function guess(url: string): Promise<void> {
  const body = JSON.stringify({ data: { email: 'guessed@example.com' }, note: 'guessed-body-marker' });
  for (const path of [
    '/intake/okta/okta/events',
    '/intake/okta/okta/revocation',
    '/intake/scim/entra/v2/Users',
    '/intake/entra/entra/notifications',
    '/intake/ssf/signals/events',
    '/intake/webhook/hr',
    '/v1/cases',
  ]) {
    const headers = [
      ['authorization', 'Bearer guessed-token-marker'],
      ['content-type', path.includes('ssf') ? 'application/secevent+jwt' : 'application/json'],
      ['webhook-id', 'guessed'],
      ['webhook-timestamp', String(Math.floor(Date.now() / 1_000))],
      ['webhook-signature', 'v1,guessed-token-marker'],
    ] as const;
    const { status } = await send(`${url}${path}`, { method: 'POST', headers, body });
    assert.ok(status >= 400 && status < 500, `${path} answered ${status}`);
  }
}

test('of a whole run, with every channel, forgeries and faults, the log tells no secret, and no address above debugging', async (t) => {
  const fastio = await startFastio();
  undo(t, async () => await fastio.close());
  const flashback = await startFlashback();
  undo(t, async () => await flashback.close());
  const people = settlePeople({ fastio, flashback });
  const proxy = await startDatabaseProxy(t, await freshDatabaseUrl(t));
  const folder = await temporaryFolder(t);
  const port = await freePort();
  const senders = await openSenders(t, people, `http://127.0.0.1:${port}`);
  const base = settings({ dataDir: folder, databaseUrl: proxy.url, fastio });
  const [target] = base['targets'] as JsonObject[];
  const given = {
    ...base,
    server: { port, publicUrl: `http://127.0.0.1:${port}` },
    connections: connectionsOf(senders),
    targets: [{ ...target, fallbackOwnerId: people.successor.id }],
    log: { level: 'trace' },
  };
  const config = await parseConfig({ text: JSON.stringify(given), path: 'leaver.yaml', env: {} });
  const service = await spawnService(t, folder, given);
  const operator = connectTo({ url: service.url, token: OPERATOR_TOKEN });
  const signal = AbortSignal.timeout(60_000);

  fastio.fail('suspend', { status: 500, body: 'html' }, { times: 3 });
  // Everybody is known everywhere before anybody leaves: a directory that makes an active user of somebody who has left would contradict the others.
  for (const { meet } of senders) {
    await meet(signal);
  }
  for (const { name, departure } of senders) {
    for await (const { what } of departure.tell(operator, signal)) {
      t.diagnostic(`${name}: ${what}`);
    }
  }
  await operatorOf(service.url).untilState(people.leaver.email, 'completed');
  await guess(service.url);
  await proxy.cut();
  await eventually('the service misses its database', () => service.output().includes('this worker lost its claims'));
  await proxy.mend();
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null });

  const lines = service.output().split('\n');
  const facts = lines.map((line) => JSON.parse(line) as { level: number; msg: string });
  assert.ok(facts.length > 60 && [20, 30, 40].every((level) => facts.some((fact) => fact.level === level)));
  const secrets = [...secretsIn(config), OPERATOR_TOKEN, new URL(proxy.url).password, 'guessed-token-marker', 'guessed-body-marker'];
  assert.ok(secrets.length >= 12 && secrets.every((secret) => secret.length >= 8), `${secrets.length} secrets`);
  for (const secret of secrets) {
    const bare = secret.replace(/^(?:Bearer |whsec_)/, '');
    const told = lines.filter((line) => line.includes(bare) || line.includes(encodeURIComponent(bare)));
    assert.deepEqual(told, []);
  }
  const addressed = lines.filter((line, index) => (facts[index]?.level ?? 0) >= 30 && /@example|%40example/i.test(line));
  assert.deepEqual(addressed, []);
});
