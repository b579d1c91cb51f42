import { startTransmitter } from '../../../sandbox/transmitter.ts';
import { type ChannelNeeds, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf } from '../people.ts';

/** Okta's Universal Logout: a signed request to end everything somebody has open. It says that they are in danger, and not that they have left. */
export async function openUniversalLogout({ origin, people: { leaver }, closers }: ChannelNeeds): Promise<Sender> {
  const url = `${origin}/intake/okta/okta/revocation`;
  const okta = await startTransmitter({ audience: url });
  closers.push(async () => await okta.close());
  const { issuer, jwksUri } = okta;
  return {
    name: 'Okta',
    connection: { id: 'okta', kind: 'okta', universalLogout: { issuer, audience: url, jwksUri } },
    meet: async () => [`tokens are signed with a key of ${jwksUri}`],
    suspension: null,
    departure: {
      happens: 'is logged out everywhere by Okta',
      tell: async function* () {
        yield await send('token revocation', 204, async () => await okta.logOut({ email: addressOf(leaver) }, { url }));
      },
    },
    expects: { ...TAKEN_OUT, channel: 'okta-revocation', ending: 'locked-out' },
  };
}
