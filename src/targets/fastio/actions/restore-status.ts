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
    if (account.status === 'suspended') return { kind: 'not-needed', reason: 'the account was suspended before this case, and stays so' };
    if (account.status !== 'active') return unknownStatus(attempt, account);
    const before = await seeStatus(attempt, account, 'active');
    if (before) return concluded(attempt, account, before, attempt.context.repeated ? 'verified' : 'already-absent');
    return concluded(attempt, account, await giveStatus(attempt, account, 'active'), 'verified');
  }),
};

function concluded(attempt: Attempt, account: Account, established: Established, outcome: 'verified' | 'already-absent'): ActionResult {
  if (established.kind === 'unsettled') return established.result;
  return established.kind === 'there' ? done(outcome, { status: account.status }) : gone(attempt, account);
}

function gone({ site }: Attempt, { userId }: Account): ActionResult {
  const message = `${site.id}: the account ${userId} is no longer a member, so its status cannot be given back. Invite the person there again; their old account does not return.`;
  return refused('conflict', message);
}

function unknownStatus({ site }: Attempt, { userId, status }: Account): ActionResult {
  const message = `${site.id}: the account ${userId} had the status ${status} before, which Leaver cannot give back. Set it there by hand.`;
  return refused('conflict', message);
}
