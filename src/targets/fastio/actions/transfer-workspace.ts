import { resultOfFault } from '../../fault.ts';
import { refused } from '../../results.ts';
import { type FastioAction, forAccount } from '../attempt.ts';
import { handOverOf, locate } from '../hand-over.ts';
import { decideSuccessor } from '../succession.ts';
import { concluded, handOver } from '../transfer.ts';

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
    const before = attempt.context.repeated ? await locate(attempt, planned) : null;
    if (before && before.kind !== 'with-giver') return concluded(planned, before);
    // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
    const successor = await decideSuccessor(attempt, account);
    if (successor.kind === 'fault') return resultOfFault(successor);
    if (successor.kind === 'refused') return successor;
    return handOver(attempt, { ...planned, receiverId: successor.candidate.accountId }, 2);
  }),
};
