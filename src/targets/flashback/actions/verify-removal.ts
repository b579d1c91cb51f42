import { resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import { type FlashbackAction, forAccount } from '../attempt.ts';
import { readCaller } from '../caller.ts';
import { seePerson } from '../confirm.ts';
import { stillIn } from '../still-in.ts';

const UNSEEN_RESIDUAL = "Workspaces that Leaver's account is not in cannot be seen: have an ADMIN of such a workspace check who is in it.";

/** Reads everything once more: no workspace that can be seen shows the account, and it is absent or deleted where it was to be. */
export const verifyRemoval: FlashbackAction = {
  action: 'verify-removal',
  phase: 'verify',
  after: ['list-workspaces', 'remove-from-workspace', 'remove-from-organization'],
  playbooks: ['offboard'],
  observed: 'it only reads: the workspaces with their members, and the account',
  run: forAccount(async (attempt, account) => {
    const caller = await readCaller(attempt);
    if (caller.kind === 'fault') return resultOfFault(caller);
    if (caller.kind === 'refused') return caller;
    const first = await stillIn(attempt, account);
    if (first) return first;
    const seen = await seePerson(attempt, account.userId);
    if (typeof seen === 'object') return resultOfFault(seen);
    const { site } = attempt;
    if (seen === 'present' && site.removeFromOrganization) {
      const message = `${site.id}: the account ${account.userId} was deleted, and is shown as there again. Leaver looks again soon; if it stays, delete it there by hand.`;
      return retryLater('target-unclear', message, 2000);
    }
    const stays =
      seen === 'present' ? [`The account itself stays in the organization (targets[${site.id}].removeFromOrganization is false).`] : [];
    return done('verified', { account: seen, residual: [...stays, UNSEEN_RESIDUAL] });
  }),
};
