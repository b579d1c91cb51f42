import { createOkta, type OktaUser, type OktaUsers, startOktaUsers } from '../../../sandbox/okta.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { type ChannelNeeds, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf, type Person } from '../people.ts';
import { secret } from '../secret.ts';

/** An organization at Okta whose event hook tells of its people, and whose users can be read back. */
export async function openOkta({ origin, people, closers }: ChannelNeeds): Promise<Sender> {
  const [hookSecret, token] = [secret(), secret()];
  const users = await startOktaUsers({ token });
  closers.push(async () => await users.close());
  const okta = createOkta({ hookUrl: `${origin}/intake/okta/okta/events`, secret: hookSecret });
  closers.push(async () => await okta.close());
  const manager = join(users, '3', people.successor);
  const [contractor, leaver] = [join(users, '1', people.contractor), join(users, '2', people.leaver, manager)];
  return {
    name: 'Okta',
    connection: { id: 'okta', kind: 'okta', eventHook: { secrets: [hookSecret] }, api: { baseUrl: users.url, token } },
    meet: async () => {
      const { verified, status } = await okta.verify();
      if (!verified) {
        throw new CommandError(EXIT.failed, `The demo failed: Leaver did not give Okta's challenge back (${status}).`);
      }
      return ['the event hook is verified, and users can be read with their managers'];
    },
    suspension: {
      happens: 'is suspended at Okta',
      tell: async function* () {
        users.setStatus(contractor.id, 'SUSPENDED');
        yield await send('event hook', 204, async () => await okta.suspend(contractor));
      },
    },
    departure: {
      happens: 'is deactivated at Okta',
      tell: async function* () {
        users.deactivate(leaver.id);
        yield await send('event hook', 204, async () => await okta.deactivate(leaver));
      },
    },
    expects: { ...TAKEN_OUT, channel: 'okta-event-hook', confirmed: true },
  };
}

function join(users: OktaUsers, digit: string, person: Person, manager?: OktaUser): OktaUser {
  const [id, login] = [`00u3m90rxKjGQ0G6L1d${digit}`, addressOf(person)];
  users.add({ id, email: login, profile: { displayName: person.name, ...(manager && { managerId: manager.id }) } });
  return { id, login, displayName: person.name };
}
