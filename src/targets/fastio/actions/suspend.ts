import { done } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Established, giveStatus, seeStatus } from '../account-status.ts';
import { type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';

/** Locks the account. Done when the target itself says that it is suspended. */
export const suspend: FastioAction = {
  action: 'suspend',
  phase: 'contain',
  after: ['resolve-account'],
  playbooks: ['offboard', 'contain'],
  observed: 'the list of members shows the account as suspended',
  run: forAccount(async (attempt, account) => {
    const before = attempt.context.repeated ? await seeStatus(attempt, account, 'suspended') : undefined;
    return concluded(account, before ?? (await giveStatus(attempt, account, 'suspended')));
  }),
};

/** The status from before is kept, so that it can be given back. */
function concluded({ statusBefore }: Account, established: Established): ActionResult {
  if (established.kind === 'unsettled') return established.result;
  return done(established.kind === 'there' ? 'verified' : 'already-absent', { statusBefore });
}
