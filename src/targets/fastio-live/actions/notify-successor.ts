import { type Fault, resultOfFault } from '../../fault.ts';
import { concludeTelling, NOTIFY_SUCCESSOR, type Received, tellSuccessors } from '../../telling.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { handedOver, inventoryOf } from '../facts.ts';

/** Nobody but the account itself can list or delete its keys, and no call for webhooks is documented. */
const CREDENTIALS = { tokens: null, webhooks: [], keepsKeys: true } as const;

/**
 * Tells each successor by mail what came to them, and what no transfer can carry over. Done as `acknowledged` when the mail server took every mail; as
 * `not-offered` when nothing is configured to send mail by, or it cannot be sent: then the facts say that a person should tell them.
 */
export const notifySuccessor: LiveAction = {
  ...NOTIFY_SUCCESSOR,
  run: forAccount(async (attempt, { userId }) => {
    const { context, log, site, tellSuccessor } = attempt;
    const received = handedOver(context);
    if (received.length === 0) return { kind: 'not-needed', reason: 'nothing was handed over' };
    log.info(
      { target: site.id, leaver: userId, places: received.map(({ id, successor }) => ({ id, successor })) },
      'workspaces and shares handed over',
    );
    const told = await tellSuccessors({
      target: site.id,
      context,
      tellSuccessor,
      received,
      credentials: CREDENTIALS,
      addressOf: (accountId) => addressOf(attempt, accountId),
    });
    if (told.kind === 'fault') return resultOfFault(told);
    return told.kind === 'told' ? concludeTelling(told, factsOf(received)) : told;
  }),
};

async function addressOf({ api, context, site }: Attempt, accountId: string): Promise<string | null | Fault> {
  const chosen = inventoryOf(context).successor;
  if (chosen?.accountId === accountId && chosen.email !== null) return chosen.email;
  const members = await api.members({ kind: 'org', id: site.orgId });
  if (members.kind === 'fault') return members;
  return members.items.find(({ id }) => id === accountId)?.email ?? null;
}

function factsOf(received: readonly Received[]) {
  const names = received.map(({ id, name }) => (name === '' ? id : `${name} (${id})`)).join(', ');
  const notice = `You now own: ${names}. Agents and integrations that used keys of the previous owner can no longer reach them: make new keys under your own account.`;
  return { successor: received[0]?.successor ?? '', places: received.map((one) => ({ ...one })), notice };
}
