import { setTimeout as delay } from 'node:timers/promises';
import { type Entra, type EntraUser, startEntra } from '../../../sandbox/entra.ts';
import { signalsAnswer } from '../../answers.ts';
import { CommandError, EXIT } from '../../exit.ts';
import type { Service } from '../../service.ts';
import { type ChannelNeeds, type Message, type Sender, send, TAKEN_OUT } from '../channel.ts';
import { addressOf } from '../people.ts';
import { secret } from '../secret.ts';

/** A tenant of Entra ID: Leaver subscribes to its users at Microsoft Graph, is told that one of them changed, and reads back how. */
export async function openGraph({ people: { contractor, leaver, successor }, closers }: ChannelNeeds): Promise<Sender> {
  const entra = await startEntra();
  closers.push(async () => await entra.close());
  const { tenantId, clientId, clientSecret, graphUrl: baseUrl, tokenUrl } = entra;
  const { id: managerId } = entra.add({ email: addressOf(successor), name: successor.name });
  const user = entra.add({ email: addressOf(leaver), name: leaver.name, managerId });
  entra.add({ email: addressOf(contractor), name: contractor.name });
  return {
    name: 'Entra',
    connection: { id: 'entra', kind: 'entra', graph: { clientState: secret(), tenantId, clientId, clientSecret, baseUrl, tokenUrl } },
    meet: async (signal) => await meet(entra, signal),
    suspension: null,
    departure: {
      happens: 'is disabled at Entra',
      tell: async function* (service, signal) {
        entra.setEnabled(user.id, false);
        await send('notification', 202, async () => await lastDelivery(entra));
        yield { what: 'notification: updated', result: '202: stored, and says not how' };
        yield await readBack(service, entra, user, signal);
      },
    },
    // Whoever is to be read back is looked for every second.
    expects: { ...TAKEN_OUT, channel: 'entra-graph', confirmed: true, ownShareMs: 1_200 },
  };
}

/** Graph makes no subscription before the address has given its validation token back. */
async function meet({ subscriptions }: Entra, signal: AbortSignal): Promise<readonly string[]> {
  const { changeType, resource, expirationDateTime } = await until(
    'a subscription at Graph',
    signal,
    async () => [...subscriptions.values()][0],
  );
  return [
    "Leaver gave the validation token of Graph's handshake back",
    `it is subscribed to ${resource} (${changeType}) until ${expirationDateTime.slice(0, 10)}`,
  ];
}

async function lastDelivery(entra: Entra): Promise<{ readonly status: number | string }> {
  await entra.settled();
  return entra.deliveries.at(-1) ?? { status: 'silence' };
}

/** Nobody is believed to have left before Graph itself has said so. */
async function readBack(service: Service, entra: Entra, { id }: EntraUser, signal: AbortSignal): Promise<Message> {
  await until('a signal from what was read back', signal, async () => {
    const { items } = (await service.get('/v1/signals', { connection: 'entra', disposition: 'accepted' })).read(signalsAnswer);
    return items[0];
  });
  const read = entra.calls.find(({ call }) => call.endsWith(`/users/${id}`));
  if (!read) {
    throw new CommandError(EXIT.failed, 'The demo failed: somebody is said to have left whom Leaver did not read back at Graph.');
  }
  return { what: `${read.call.replace(id, '{id}')} at Graph`, result: 'disabled: signal and case are stored' };
}

const LOOK_EVERY_MS = 20;

async function until<T>(what: string, signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch((error: unknown) => {
      throw new CommandError(EXIT.failed, `The demo failed: ${what} did not come in time.`, error);
    });
  }
}
