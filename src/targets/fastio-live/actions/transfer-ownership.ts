import { resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { readOrganization, seeMembers } from '../holdings.ts';
import { giveTo, ownerAmong } from '../ownership.ts';
import type { Place } from '../place.ts';
import type { Member } from '../schemas.ts';
import { decideSuccessor } from '../succession.ts';

/** Hands one workspace or share to the successor, who becomes a member first where they are none. Done when a read shows another owner. */
export const transferOwnership: LiveAction = {
  action: 'transfer-ownership',
  phase: 'transfer',
  after: ['list-workspaces', 'restrict-membership'],
  playbooks: ['offboard'],
  observed: 'the members of the place, one of whom is shown as its owner',
  lasting: 'a successor who was made an admin of a workspace or share stays one: take them out there where they are not wanted',
  perSubject: true,
  run: atPlace(async (attempt, account, place, { callerId }) => {
    const seen = await seeMembers(attempt, place);
    if (seen.kind === 'fault') return resultOfFault(seen);
    if (seen.kind === 'refused') return seen;
    if (seen.kind === 'gone') return done('already-absent', { name: place.name, note: 'it is no longer there' });
    const owner = ownerAmong(seen.items);
    if (owner !== undefined && owner !== account.userId) return elsewhere(attempt, place, owner);
    return handOver(attempt, account, place, callerId, seen.items);
  }),
};

/** With another owner already: an earlier attempt of ours has worked, or somebody else was faster. */
function elsewhere({ context, site }: Attempt, { name }: Place, ownerId: string): ActionResult {
  const isOurs = context.repeated && ownerId === site.fallbackOwnerId;
  return done(isOurs ? 'verified' : 'already-absent', { name, seenWith: ownerId });
}

async function handOver(
  attempt: Attempt,
  account: Account,
  place: Place,
  callerId: string,
  members: readonly Member[],
): Promise<ActionResult> {
  const organization = await readOrganization(attempt, callerId);
  if (organization.kind === 'fault') return resultOfFault(organization);
  if (organization.kind === 'refused') return organization;
  // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
  const successor = decideSuccessor(attempt, account, organization.members);
  if (successor.kind === 'refused') return successor;
  const receiverId = successor.candidate.accountId;
  const ifDenied = `Only its owner may hand it over, it seems: have ${account.userId} do so while they can sign in, or ask Fast.io; once it belongs to ${receiverId}, retry.`;
  return giveTo(
    attempt,
    { place, giverId: account.userId ?? '', receiverId, ifDenied, setting: `targets[${attempt.site.id}].fallbackOwnerId` },
    members,
  );
}
