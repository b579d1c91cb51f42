import { resultOfFault } from '../../fault.ts';
import { refused } from '../../results.ts';
import { successorFacts, withChoice } from '../../succession.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { type HandOver, handOverOf, locate, type Whereabouts } from '../hand-over.ts';
import { bytesLeft } from '../storage.ts';
import { chooseAmong, type Heirs, proposeHeirs } from '../succession.ts';
import { concluded, handOver, isQuotaRefusal } from '../transfer.ts';

/** Hands one workspace to the successor. Done when the target no longer lists it as the leaver's; who has it is looked up, never guessed. */
export const transferWorkspace: FastioAction = {
  action: 'transfer-workspace',
  phase: 'transfer',
  after: ['list-workspaces', 'revoke-sessions', 'delete-tokens'],
  playbooks: ['offboard'],
  observed: "the leaver's inventory, then the successor's",
  perSubject: true,
  run: forAccount(async (attempt, account) => {
    const planned = handOverOf(attempt, account);
    if (!planned) return refused('internal', `${attempt.site.id}: it is not known which workspace is meant, so nothing was done.`);
    // Also before the first attempt: since the inventory it may have passed to somebody else, from whom it is not to be taken.
    const before = await locate(attempt, planned);
    if (before.kind === 'with-receiver' || before.kind === 'fault') return concluded(planned, before);
    // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
    const heirs = await proposeHeirs(attempt, bytesLeft(attempt.context));
    if (heirs.kind === 'fault') return resultOfFault(heirs);
    if (heirs.kind !== 'heirs') return heirs;
    const now = before.kind === 'nowhere' ? await locateAmong(attempt, planned, heirs) : null;
    return now && now.kind !== 'with-giver' ? concluded(planned, now) : give(attempt, account, planned, heirs);
  }),
};

/** An attempt before may have given it to somebody whom nobody had thought of when the hand-over was planned. */
async function locateAmong(attempt: Attempt, planned: HandOver, { candidates }: Heirs): Promise<Whereabouts> {
  const accounts = candidates.flatMap(({ accountId }) => (accountId === '' ? [] : [accountId]));
  return await locate(attempt, { ...planned, otherReceivers: [...planned.otherReceivers, ...accounts] });
}

/** To the first one who is fit; where that one has no room for it, which only the transfer itself can tell for certain, to the next. */
async function give(attempt: Attempt, account: Account, planned: HandOver, heirs: Heirs): Promise<ActionResult> {
  const full = new Set<string>();
  for (let refusal: ActionResult | undefined; ; ) {
    const successor = chooseAmong(attempt, account, heirs, full);
    if (successor.kind === 'refused') return full.size === 1 && refusal ? refusal : successor;
    const { candidate } = successor;
    const result = await handOver(attempt, { ...planned, receiverId: candidate.accountId }, 2);
    if (!isQuotaRefusal(result)) return withChoice(result, attempt.context, successorFacts(successor));
    refusal ??= result;
    full.add(candidate.accountId);
  }
}
