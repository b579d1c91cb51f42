import { createEntraProvisioning } from '../../../sandbox/entra-provisioning.ts';
import { createOktaProvisioning } from '../../../sandbox/okta-provisioning.ts';
import type { ScimAnswer, ScimClientOptions } from '../../../sandbox/scim-client.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { type ChannelNeeds, type Provider, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf, type Person } from '../people.ts';
import { secret } from '../secret.ts';

/** An identity provider that provisions its people into Leaver's directory, and disables one of them there. */
export async function openScim({ origin, people: { contractor, leaver, successor }, provider, closers }: ChannelNeeds): Promise<Sender> {
  const token = secret();
  const client = OPEN[provider]({ baseUrl: `${origin}/intake/scim/${provider}/v2`, token });
  closers.push(async () => await client.close());
  const ids = new Map<Person, string>();
  return {
    name: client.name,
    connection: { id: provider, kind: provider, scim: { tokens: [token] } },
    meet: async () => {
      await client.testConnection();
      for (const person of [leaver, contractor, successor]) {
        ids.set(person, await client.create(person));
      }
      await client.setManager(ids.get(leaver) ?? '', ids.get(successor) ?? '');
      return [`the connection was tested, and ${ids.size} people are provisioned, one with a manager`];
    },
    suspension: null,
    departure: {
      happens: client.happens,
      tell: async function* () {
        yield await send(client.request, 200, async () => await client.disable(ids.get(leaver) ?? ''));
      },
    },
    expects: { ...TAKEN_OUT, channel: 'scim' },
  };
}

/** The same life of a user, in the requests of one provider. */
interface Provisioning {
  readonly name: string;
  readonly happens: string;
  /** By which somebody leaves. */
  readonly request: string;
  testConnection(): Promise<void>;
  create(person: Person): Promise<string>;
  setManager(id: string, managerId: string): Promise<unknown>;
  disable(id: string): Promise<ScimAnswer>;
  close(): Promise<void>;
}

const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const OPEN: Readonly<Record<Provider, (options: ScimClientOptions) => Provisioning>> = {
  entra: (options) => {
    const entra = createEntraProvisioning(options);
    return {
      name: 'Entra',
      happens: 'is disabled at Entra',
      request: 'SCIM PATCH, active "False"',
      testConnection: async () => {
        if (!(await entra.testConnection())) {
          throw new CommandError(EXIT.failed, 'The demo failed: Leaver found a user that nobody can be.');
        }
      },
      create: async (person) => await entra.create({ userPrincipalName: addressOf(person), displayName: person.name }),
      setManager: entra.setManager,
      disable: async (id) => await entra.disable(id),
      close: entra.close,
    };
  },
  okta: (options) => {
    const okta = createOktaProvisioning(options);
    return {
      name: 'Okta',
      happens: 'is unassigned at Okta',
      request: 'SCIM PUT, active false',
      testConnection: async () => void (await okta.importUsers(1)),
      create: async (person) => await okta.assign({ id: `00u${person.id}`, login: addressOf(person), displayName: person.name }),
      setManager: async (id, managerId) => await okta.update(id, { [ENTERPRISE_SCHEMA]: { manager: { value: managerId } } }),
      disable: async (id) => await okta.deactivate(id, 'put'),
      close: okta.close,
    };
  },
};
