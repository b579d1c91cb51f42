import type { JsonObject } from '../../../kernel/json.ts';
import { type Fault, resultOfFault } from '../../fault.ts';
import type { ActionContext } from '../../target.ts';
import { concludeTelling, NOTIFY_SUCCESSOR, type Received, tellSuccessors } from '../../telling.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { type Bound, boundIn, inWords } from '../bound.ts';
import { deletedOf, inventoryOf, movedTo } from '../facts.ts';
import { findMember } from '../members.ts';

/**
 * Tells the successor by mail what came to them, and what no transfer can carry over. Done as `acknowledged` when the mail server took every mail; as
 * `not-offered` when nothing is configured to send mail by, or it cannot be sent: then the facts say that a person should tell them.
 */
export const notifySuccessor: FastioAction = {
  ...NOTIFY_SUCCESSOR,
  run: forAccount(async (attempt, { userId }) => {
    const workspaces = receivedIn(attempt.context);
    if (workspaces.length === 0) return { kind: 'not-needed', reason: 'nothing was handed over' };
    attempt.log.info(
      { target: attempt.site.id, leaver: userId, workspaces: workspaces.map(({ id, successor }) => ({ id, successor })) },
      'workspaces handed over',
    );
    const told = await tellSuccessors({
      target: attempt.site.id,
      context: attempt.context,
      tellSuccessor: attempt.tellSuccessor,
      received: workspaces,
      credentials: deletedOf(attempt.context),
      addressOf: (accountId) => addressOf(attempt, accountId),
    });
    if (told.kind === 'fault') return resultOfFault(told);
    return told.kind === 'told' ? concludeTelling(told, factsOf(attempt.context, workspaces)) : told;
  }),
};

/** The transfers that changed an owner; what was gone already came to nobody. */
function receivedIn({ finished }: ActionContext): Received[] {
  return finished.flatMap(({ action, subject, outcome, facts }) => {
    const moved = movedTo(facts);
    const transferred = action === 'transfer-workspace' && (outcome === 'verified' || outcome === 'acknowledged');
    return transferred && subject && moved ? [{ id: subject, name: moved.name, successor: moved.successorId }] : [];
  });
}

async function addressOf({ api, context }: Attempt, accountId: string): Promise<string | null | Fault> {
  const planned = inventoryOf(context).successor;
  if (planned?.accountId === accountId && planned.email !== null) return planned.email;
  const found = await findMember(api, accountId, null);
  if (found.kind === 'fault') return found;
  return found.kind === 'member' ? found.member.email : null;
}

function factsOf(context: ActionContext, workspaces: readonly Received[]): JsonObject {
  const bound = boundIn(context);
  return {
    agents: { ...bound, apps: bound.apps.map((app) => ({ ...app })) },
    successor: workspaces[0]?.successor ?? '',
    workspaces: workspaces.map((one) => ({ ...one })),
    notice: noticeFor(workspaces, bound),
  };
}

function noticeFor(workspaces: readonly Received[], bound: Bound): string {
  const names = workspaces.map(({ id, name }) => `${name} (${id})`).join(', ');
  const advice =
    "Agents and integrations that used credentials made under the previous owner's account no longer work: make new credentials for them under your own account.";
  return [`You now own: ${names}.`, advice, ...inWords(bound)].join(' ');
}
