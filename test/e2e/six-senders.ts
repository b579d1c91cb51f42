import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startEntra } from '../../src/sandbox/entra.ts';
import { createHr } from '../../src/sandbox/hr.ts';
import { startOktaUsers } from '../../src/sandbox/okta.ts';
import { createOktaProvisioning } from '../../src/sandbox/okta-provisioning.ts';
import { RISC } from '../../src/sandbox/security-event.ts';
import { SECRET } from '../intake/standard-webhook/fixtures.ts';
import { casesOf } from '../intake/support/recorded.ts';
import { AUDIENCE, connectionTo, startTestTransmitter } from '../intake/support/transmitter.ts';
import { eventually } from '../support/eventually.ts';
import { HOOK_SECRET, startService, type TestService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

/** Somebody whom all of the systems know, each by a name of its own. */
export interface Leaver {
  readonly email: string;
  readonly oktaId: string;
  readonly scimId: string;
  readonly entraId: string;
  /** Their account in the target. */
  readonly accountId: string;
}

/** Lets one system say that somebody has left, and resolves when its message is stored. */
export type Tell = (leaver: Leaver) => Promise<void>;

export const CHANNELS = ['okta-event-hook', 'scim', 'okta-revocation', 'entra-graph', 'shared-signals', 'standard-webhook'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Stage {
  readonly service: TestService;
  readonly tell: Readonly<Record<Channel, Tell>>;
  /** Somebody new, whom Okta and Entra have just disabled, and who has told nobody yet. */
  newLeaver(): Promise<Leaver>;
}

const SCIM_TOKEN = 'scim-token-of-the-tests';
const API_TOKEN = 'api-token-of-the-tests';

/** One service for so many people, with an Okta, an Entra, a transmitter and an HR system that are connected to it, over real sockets. */
export async function setStage(t: TestContext, everybody: number): Promise<Stage> {
  const users = await startOktaUsers({ token: API_TOKEN });
  undo(t, async () => await users.close());
  const entra = await startEntra();
  undo(t, async () => await entra.close());
  const [oktaSigner, transmitter] = [await startTestTransmitter(t), await startTestTransmitter(t)];
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  // Before there is a subscription: that somebody joins is told to nobody.
  const known = Array.from({ length: everybody }, (_, index) => entra.add({ email: `Person${index}@acme.example`, name: 'Pat Person' }));
  const port = await freePort();
  const service = await startService(t, {
    config: {
      server: { port, publicUrl: `http://127.0.0.1:${port}` },
      // What is held below must not come to an end by itself.
      http: { timeoutMs: 60_000, retry: { attempts: 2, minDelayMs: 20, maxDelayMs: 200 } },
      connections: [
        {
          id: 'okta-main',
          kind: 'okta',
          eventHook: { secrets: [HOOK_SECRET] },
          universalLogout: { issuer: oktaSigner.issuer, audience: AUDIENCE, jwksUri: oktaSigner.jwksUri },
          scim: { tokens: [SCIM_TOKEN] },
          api: { baseUrl: users.url, token: API_TOKEN },
        },
        {
          id: 'entra-main',
          kind: 'entra',
          graph: { clientState: 'state-of-the-tests', tenantId, clientId, clientSecret, baseUrl, tokenUrl },
        },
        connectionTo(transmitter),
        { id: 'hr', kind: 'webhook', secrets: [SECRET] },
      ],
    },
  });
  const provisioning = createOktaProvisioning({ baseUrl: `${service.url}/intake/scim/okta-main/v2`, token: SCIM_TOKEN });
  undo(t, async () => await provisioning.close());
  const hr = createHr({ url: `${service.url}/intake/webhook/hr`, secrets: [SECRET], schedule: [] });
  undo(t, async () => await hr.close());
  await eventually('the subscription is made', () => entra.subscriptions.size === 1);

  const tell: Stage['tell'] = {
    'okta-event-hook': async ({ oktaId, email }) =>
      assert.equal((await service.okta.deactivate({ id: oktaId, login: email }, { applications: ['Fastio'] })).status, 204),
    scim: async ({ scimId }) => void (await provisioning.deactivate(scimId, 'patch')),
    'okta-revocation': async ({ email }) => {
      const url = `${service.url}/intake/okta/okta-main/revocation`;
      assert.equal((await oktaSigner.logOut({ email }, { url, audience: AUDIENCE })).status, 204);
    },
    'entra-graph': async ({ entraId, email }) => {
      entra.setEnabled(entraId, false);
      // It says that something changed, and not what: that is read back.
      await eventually(`${email} was read back`, async () => (await channelsOf(service, email)).includes('entra-graph'));
    },
    'shared-signals': async ({ email }) => {
      const token = await transmitter.sign(transmitter.claims('ssf', { type: `${RISC}account-disabled`, subject: { email } }));
      assert.equal((await transmitter.push(`${service.url}/intake/ssf/signals/events`, token)).status, 202);
    },
    'standard-webhook': async ({ email }) =>
      assert.equal((await hr.terminate({ email: email.toUpperCase(), name: 'Pat Person' })).status, 202),
  };
  let people = 0;
  return {
    service,
    tell,
    newLeaver: async () => {
      const entraId = known[people]?.id ?? '';
      const [email, oktaId] = [`person${people}@acme.example`, `00u${String(people).padStart(17, 'p')}`];
      people += 1;
      const scimId = await provisioning.assign({ id: oktaId, login: email, displayName: 'Pat Person' });
      users.deactivate(users.add({ email, id: oktaId }).id);
      const { id: accountId } = service.fastio.scenario.addUser({ email, sessions: 1, tokens: 1 });
      service.fastio.scenario.addWorkspace({ ownerId: accountId, name: 'theirs' });
      service.fastio.expectLeaver(accountId);
      return { email, oktaId, scimId, entraId, accountId };
    },
  };
}

/** The channels of all signals of all cases of a person, in the order of the alphabet. */
export async function channelsOf(service: TestService, email: string): Promise<string[]> {
  return (await casesOf(service, email)).flatMap(({ signals }) => signals.map(({ channel }) => channel)).sort();
}
