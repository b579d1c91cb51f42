import { resultOfFault } from '../fault.ts';
import { patiently } from '../poll.ts';
import { done, retryLater } from '../results.ts';
import type { ActionResult, Outcome } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { seeMembership } from './confirm.ts';
import type { Account } from './facts.ts';
import { called, type Place } from './place.ts';
import { explained } from './refusals.ts';

/** Takes the account out of the place. Done when the members no longer show it, whatever the answer was. */
export async function takeOut(attempt: Attempt, account: Account, place: Place, userId: string): Promise<ActionResult> {
  const { api, site } = attempt;
  const answer = await api.removeMember(place, userId);
  // A 404 means that the member is not there, or that the place is not: which one, only the members tell.
  const isAbsent = answer.kind === 'fault' && answer.cause === 'absent';
  if (answer.kind === 'fault' && !isAbsent) {
    const seen = answer.effect === 'unclear' ? await lookUp(attempt, account, place, 'verified') : undefined;
    const ifDenied = `Let the account to which targets[${site.id}].token belongs manage members there (the organization's setting for that may say "Owner only"), or take ${userId} out by hand, then retry.`;
    return seen ?? explained({ target: site.id, place, what: `${userId} was not taken out`, ifDenied }, answer);
  }
  const gone = await patiently(attempt, () => lookUp(attempt, account, place, isAbsent ? 'already-absent' : 'verified'));
  return gone ?? stillThere(attempt, place, userId, isAbsent ? resultOfFault(answer) : undefined);
}

/** Done with `outcome` when the place no longer shows the account, undefined while it does. */
async function lookUp(attempt: Attempt, account: Account, place: Place, outcome: Outcome): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, place, account);
  if (seen.kind === 'unsettled') return seen.result;
  return seen.kind === 'member' ? undefined : done(outcome, { name: place.name });
}

function stillThere({ site }: Attempt, place: Place, userId: string, absent: ActionResult | undefined): ActionResult {
  const word = absent ? 'answered as if nobody were there' : 'answered with a yes';
  const message = `${site.id}: the removal of ${userId} from ${called(place)} was ${word}, and the account is still shown as a member. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
