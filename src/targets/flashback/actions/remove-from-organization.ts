import { actionErrorOf, type Fault, resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult, Outcome } from '../../target.ts';
import { type Attempt, type FlashbackAction, forAccount } from '../attempt.ts';
import { readOtherCaller } from '../caller.ts';
import { seePerson } from '../confirm.ts';
import type { Account } from '../facts.ts';
import { isLastOwner, lastOwnerAdvice, readPeople } from '../people.ts';
import { stillIn } from '../still-in.ts';

/** Deletes the account from the organization, which `activate` could take back, and only when a fresh list of workspaces shows it in none. */
export const removeFromOrganization: FlashbackAction = {
  action: 'remove-from-organization',
  phase: 'remove',
  after: ['list-workspaces', 'ensure-admin', 'remove-from-workspace'],
  playbooks: ['offboard'],
  observed: 'the account, which must be absent or shown as deleted',
  run: forAccount(async (attempt, account) => {
    const { site, context } = attempt;
    if (!site.removeFromOrganization) return { kind: 'not-needed', reason: `targets[${site.id}].removeFromOrganization is false` };
    const caller = await readOtherCaller(attempt, account);
    if (caller.kind === 'fault') return resultOfFault(caller);
    if (caller.kind === 'refused') return caller;
    const before = await lookUp(attempt, account, context.repeated ? 'verified' : 'already-absent');
    return before ?? (await standsInTheWay(attempt, account)) ?? (await remove(attempt, account));
  }),
};

/** Why the account must stay for now; its workspaces are read last, right before the deletion. */
async function standsInTheWay(attempt: Attempt, account: Account): Promise<ActionResult | undefined> {
  const people = await readPeople(attempt);
  if (people.kind === 'fault') return resultOfFault(people);
  if (isLastOwner(people.items, account.userId, attempt.context.leavingAccounts))
    return refused('conflict', lastOwnerAdvice(attempt.site.id, account.userId));
  return await stillIn(attempt, account);
}

async function remove(attempt: Attempt, account: Account): Promise<ActionResult> {
  const answer = await attempt.api.deletePerson(account.userId);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await lookUp(attempt, account, 'verified') : undefined;
    return seen ?? explained(attempt, account, answer);
  }
  const outcome = answer.status === 404 ? 'already-absent' : 'verified';
  return (await patiently(attempt, () => lookUp(attempt, account, outcome))) ?? stillThere(attempt, account, answer.status);
}

/** Done with `outcome` when the account is absent or deleted, undefined while it is there. */
async function lookUp(attempt: Attempt, { userId }: Account, outcome: Outcome): Promise<ActionResult | undefined> {
  const seen = await seePerson(attempt, userId);
  if (typeof seen === 'object') return resultOfFault(seen);
  return seen === 'gone' ? done(outcome, { userId }) : undefined;
}

function explained({ site }: Attempt, { userId }: Account, fault: Fault): ActionResult {
  if (fault.status !== 400 && fault.status !== 403) return resultOfFault(fault);
  const message = `${site.id}: ${userId} is out of the workspaces, and Flashback refused to delete the account (${fault.status}). Give the account to which targets[${site.id}].token belongs a role that may delete it, or delete it there by hand, then retry.`;
  return { kind: 'refused', error: { ...actionErrorOf(fault), message } };
}

function stillThere({ site }: Attempt, { userId }: Account, status: number): ActionResult {
  const message = `${site.id}: the deletion of ${userId} was answered with ${status}, and the account is still there. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
