import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Established, giveStatus, seeStatus } from '../account-status.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';

/** Gives the account back the status that it had when the case found it. */
export const restoreStatus: FastioAction = {
  action: 'restore-status',
  phase: 'contain',
  after: [],
  playbooks: [],
  undoes: 'suspend',
  observed: 'the list of members shows the account with the status from before',
  run: forAccount(async (attempt, account) => {
    const { statusBefore } = account;
    if (statusBefore === 'suspended') return { kind: 'not-needed', reason: 'the account was suspended before this case, and stays so' };
    if (statusBefore !== 'active') return givenBackByHand(attempt, account);
    const before = await seeStatus(attempt, account, 'active');
    if (before) return concluded(attempt, account, before, attempt.context.repeated ? 'verified' : 'already-absent');
    return concluded(attempt, account, await giveStatus(attempt, account, 'active'), 'verified');
  }),
};

function concluded(attempt: Attempt, account: Account, established: Established, outcome: 'verified' | 'already-absent'): ActionResult {
  if (established.kind === 'unsettled') return established.result;
  return established.kind === 'there' ? done(outcome, { status: account.statusBefore }) : gone(attempt, account);
}

/** There is nothing to give back, and asking again would not change that. */
function gone({ site }: Attempt, { userId }: Account): ActionResult {
  const reason = `${site.id}: the account ${userId} is no longer a member, so its status could not be given back. Invite the person there again; their old account does not return`;
  return { kind: 'not-needed', reason };
}

/** A status that we cannot set. Done when somebody has. */
async function givenBackByHand(attempt: Attempt, account: Account): Promise<ActionResult> {
  const { userId, statusBefore } = account;
  const suspended = await seeStatus(attempt, account, 'suspended');
  if (suspended === undefined) return done('verified', { status: statusBefore });
  if (suspended.kind !== 'there') return concluded(attempt, account, suspended, 'verified');
  const message = `${attempt.site.id}: the account ${userId} had the status ${statusBefore} before, which Leaver cannot give back. Set it there by hand, then retry.`;
  return refused('conflict', message);
}
