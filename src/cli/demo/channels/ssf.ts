import { CAEP, RISC, type SecurityEvent } from '../../../sandbox/security-event.ts';
import { startTransmitter } from '../../../sandbox/transmitter.ts';
import { type ChannelNeeds, type Message, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf } from '../people.ts';
import { secret } from '../secret.ts';

/** A transmitter of Shared Signals that pushes security event tokens, signed with a key of its own (RFC 8417, RFC 8935). */
export async function openSsf({ origin, people: { contractor, leaver }, closers }: ChannelNeeds): Promise<Sender> {
  const bearer = `Bearer ${secret()}`;
  const transmitter = await startTransmitter({ audience: origin });
  closers.push(async () => await transmitter.close());
  const { issuer, jwksUri } = transmitter;

  const push = async (what: string, event: SecurityEvent): Promise<Message> => {
    const token = await transmitter.sign(transmitter.claims('ssf', event));
    return await send(what, 202, async () => await transmitter.push(`${origin}/intake/ssf/signals/events`, token, bearer));
  };
  return {
    name: 'Signals',
    connection: { id: 'signals', kind: 'ssf', issuer, audience: origin, jwksUri, bearer: [bearer] },
    meet: async () => [`tokens are signed with a key of ${jwksUri}`],
    suspension: {
      happens: 'has every session ended by an admin',
      tell: async function* () {
        const subject = { email: addressOf(contractor) };
        yield await push('CAEP session-revoked', { type: `${CAEP}session-revoked`, subject, details: { initiating_entity: 'admin' } });
      },
    },
    departure: {
      happens: 'is disabled at the identity provider',
      tell: async function* () {
        yield await push('RISC account-disabled', { type: `${RISC}account-disabled`, subject: { email: addressOf(leaver) } });
      },
    },
    expects: { ...TAKEN_OUT, channel: 'shared-signals' },
  };
}
