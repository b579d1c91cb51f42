import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { signMessage } from '../../src/sandbox/hr.ts';
import { oktaDelivery, oktaEvent } from '../../src/sandbox/okta.ts';
import { RISC } from '../../src/sandbox/security-event.ts';
import type { Transmitter } from '../../src/sandbox/transmitter.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { sha256, startService, type TestService } from '../support/service.ts';
import { OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from './standard-webhook/fixtures.ts';
import { rows } from './support/rows.ts';
import { connectionTo, startTestTransmitter } from './support/transmitter.ts';

/** What a sender signs or identifies itself with, before and after the change. */
type Which = 'old' | 'new';

interface World {
  readonly service: TestService;
  readonly transmitter: Transmitter;
}

/** Whether the service believed what was sent with the secret. */
type Send = (world: World, which: Which) => Promise<boolean>;

/** The keys of issuers are rotated in `forgeries.test.ts` of Universal Logout and Shared Signals and in `rotation-keys.test.ts`, what we call others with in `rotation-outbound.test.ts`. */
const SECRETS: Readonly<Record<string, Send>> = {
  'the secret of an event hook': async ({ service }, which) => {
    const event = oktaEvent('user.lifecycle.activate', { id: '00u1', login: 'ada@example.com' });
    const body = JSON.stringify(oktaDelivery([event], randomUUID(), 'https://acme.okta.example'));
    return await posted(service, '/intake/okta/okta-main/events', { authorization: `hook-${which}` }, body);
  },
  'the token of a SCIM client': async ({ service }, which) => {
    const answer = await fetch(`${service.url}/intake/scim/okta-main/v2/Users`, { headers: { authorization: `Bearer scim-${which}` } });
    return answer.ok;
  },
  'the shared secret of a webhook': async (world, which) => await webhook(world, 'hr', which === 'old' ? SECRET : OTHER_SECRET),
  'the shared secret of a webhook, for a pair of keys': async (world, which) =>
    await webhook(world, 'hr-keys', which === 'old' ? SECRET : PRIVATE_KEY),
  'the Authorization header of a stream': async ({ service, transmitter }, which) => {
    const claims = transmitter.claims('ssf', { type: `${RISC}account-enabled`, subject: { email: 'ada@example.com' } });
    const token = await transmitter.sign(claims);
    return (await transmitter.push(`${service.url}/intake/ssf/signals/events`, token, `Bearer stream-${which}`)).status === 202;
  },
  'the client state of Graph': async ({ service }, which) => {
    const id = randomUUID();
    const value = [{ changeType: 'deleted', resource: `Users/${id}`, clientState: `state-${which}` }];
    assert.ok(
      await posted(service, '/intake/entra/entra-main/notifications', {}, JSON.stringify({ value })),
      'Graph is answered 202 anyway',
    );
    const [found] = await rows(service.databaseUrl, 'select disposition from signal where event_id = $1', [`deleted ${id}`]);
    return found !== undefined;
  },
  'the token of an operator': async ({ service }, which) =>
    (await service.call('GET', '/v1/cases', undefined, `operator-${which}`)).status === 200,
};

async function posted(service: TestService, path: string, headers: Readonly<Record<string, string>>, body: string): Promise<boolean> {
  const answer = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await answer.text();
  return answer.ok;
}

async function webhook({ service }: World, connection: string, secret: string): Promise<boolean> {
  const [id, timestamp, body] = [randomUUID(), String(Math.floor(Date.now() / 1_000)), '{"type":"employee.moved"}'];
  const signature = signMessage(secret, `${id}.${timestamp}.${body}`);
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return await posted(service, `/intake/webhook/${connection}`, headers, body);
}

/** A process that was started with these secrets, beside the others on one database. */
async function startWith(t: TestContext, databaseUrl: string, transmitter: Transmitter, ...which: readonly Which[]): Promise<World> {
  const each = (name: string): string[] => which.map((one) => `${name}-${one}`);
  const graph = {
    tenantId: 'acme.example',
    clientId: 'client',
    clientSecret: 'secret',
    baseUrl: 'http://127.0.0.1:9',
    tokenUrl: 'http://127.0.0.1:9/token',
  };
  const secretsOf = (old: string, next: string): string[] => which.map((one) => (one === 'old' ? old : next));
  const service = await startService(t, {
    databaseUrl,
    config: {
      roles: ['api'],
      operators: { tokens: each('operator').map((token) => ({ name: token, role: 'viewer', sha256: sha256(token) })) },
      connections: [
        { id: 'okta-main', kind: 'okta', eventHook: { secrets: each('hook') }, scim: { tokens: each('scim') } },
        { id: 'entra-main', kind: 'entra', graph: { ...graph, clientState: which.length === 1 ? each('state')[0] : each('state') } },
        { id: 'hr', kind: 'webhook', secrets: secretsOf(SECRET, OTHER_SECRET) },
        { id: 'hr-keys', kind: 'webhook', secrets: secretsOf(SECRET, PUBLIC_KEY) },
        connectionTo(transmitter, { bearer: each('Bearer stream') }),
      ],
    },
  });
  return { service, transmitter };
}

test('a secret is changed while messages go on coming: at each moment every process believes what is sent, and in the end the old one is over', async (t) => {
  const databaseUrl = await freshDatabaseUrl(t);
  const transmitter = await startTestTransmitter(t);
  const before = await startWith(t, databaseUrl, transmitter, 'old');
  const during = await startWith(t, databaseUrl, transmitter, 'new', 'old');
  const after = await startWith(t, databaseUrl, transmitter, 'new');
  for (const [what, send] of Object.entries(SECRETS)) {
    await t.test(what, async () => {
      const believed = async (world: World): Promise<boolean[]> => [await send(world, 'old'), await send(world, 'new')];
      assert.deepEqual(
        [await believed(before), await believed(during), await believed(after)],
        [
          [true, false],
          [true, true],
          [false, true],
        ],
      );
    });
  }
});
