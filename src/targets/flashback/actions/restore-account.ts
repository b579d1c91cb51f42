import { resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FlashbackAction, forAccount } from '../attempt.ts';
import { seePerson } from '../confirm.ts';
import type { Account } from '../facts.ts';

/** Makes the account active again, where a deletion that was begun turns out to have worked. */
export const restoreAccount: FlashbackAction = {
  action: 'restore-account',
  phase: 'transfer',
  after: [],
  playbooks: [],
  undoes: 'remove-from-organization',
  observed: 'the account is there, and not shown as deleted',
  run: forAccount(async (attempt, account) => {
    const before = await lookUp(attempt, account, attempt.context.repeated ? 'verified' : 'already-absent');
    if (before) return before;
    const answer = await attempt.api.activatePerson(account.userId);
    const look = () => lookUp(attempt, account, 'verified');
    if (answer.kind === 'fault') return (answer.effect === 'unclear' ? await look() : undefined) ?? resultOfFault(answer);
    return (await patiently(attempt, look)) ?? notYet(attempt, account);
  }),
};

/** Done with `outcome` when the account is there, undefined while it is not. */
async function lookUp(attempt: Attempt, { userId }: Account, outcome: 'verified' | 'already-absent'): Promise<ActionResult | undefined> {
  const seen = await seePerson(attempt, userId);
  if (typeof seen === 'object') return resultOfFault(seen);
  return seen === 'present' ? done(outcome, { userId }) : undefined;
}

function notYet({ site }: Attempt, { userId }: Account): ActionResult {
  const message = `${site.id}: the account ${userId} was activated again, and is still shown as deleted. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
