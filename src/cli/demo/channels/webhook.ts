import { randomBytes } from 'node:crypto';
import { createHr } from '../../../sandbox/hr.ts';
import { type ChannelNeeds, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf } from '../people.ts';

/** An HR system that tells of its people by Standard Webhooks, each message signed. */
export async function openWebhook({ origin, people: { contractor, leaver }, closers }: ChannelNeeds): Promise<Sender> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  // What is not taken at once is told, and not sent again.
  const hr = createHr({ url: `${origin}/intake/webhook/hr`, secrets: [secret], schedule: [] });
  closers.push(async () => await hr.close());
  return {
    name: 'HR',
    connection: { id: 'hr', kind: 'webhook', secrets: [secret] },
    meet: async () => ['messages are signed with a secret that both sides have'],
    suspension: {
      happens: 'is suspended by HR',
      tell: async function* () {
        yield await send('employee.suspended', 202, async () => await hr.suspend({ email: addressOf(contractor), name: contractor.name }));
      },
    },
    departure: {
      happens: 'is terminated by HR',
      tell: async function* () {
        yield await send('employee.terminated', 202, async () => await hr.terminate({ email: addressOf(leaver), name: leaver.name }));
      },
    },
    expects: { ...TAKEN_OUT, channel: 'standard-webhook' },
  };
}
