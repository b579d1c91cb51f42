import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { membershipIn } from '../facts.ts';
import { readHoldings, unseenRefusal } from '../holdings.ts';
import { takeOut } from '../removal.ts';
import { isOwner } from '../steps.ts';
import { stillIn } from '../still-in.ts';

/** Takes the leaver out of the organization, and only when a fresh look shows them in no workspace and no share of it. Its owner is never taken out. */
export const removeFromOrganization: LiveAction = {
  action: 'remove-from-organization',
  phase: 'remove',
  after: ['list-workspaces', 'transfer-ownership', 'cancel-invitations', 'remove-membership'],
  playbooks: ['offboard'],
  observed: 'the members of the organization, who must not include the account',
  lasting: 'whoever was taken out of the organization stays out of it: invite them there again',
  run: forAccount(async (attempt, account, { callerId }) => {
    const holdings = await readHoldings(attempt, callerId);
    if (holdings.kind === 'fault') return resultOfFault(holdings);
    if (holdings.kind === 'refused') return holdings;
    const first = stillIn(holdings, account);
    if (first) return first;
    const { place, members } = holdings.organization;
    const member = membershipIn(members, account);
    if (!member) return done(attempt.context.repeated ? 'verified' : 'already-absent', { name: place.name });
    // What they own where nobody can look, nobody else may be able to hand over once they are out.
    if (holdings.unseen.length > 0) return unseenRefusal(attempt.site.id, holdings.unseen);
    return isOwner(member) ? ownerStays(attempt, member.id) : takeOut(attempt, account, place, member.id);
  }),
};

/** Nobody but the owner can hand an organization over, and it must have one. */
function ownerStays({ site }: Attempt, userId: string): ActionResult {
  const message = `${site.id}: ${userId} is the owner of organization ${site.orgId}, which only they can hand over, so they were not taken out of it. Have them make ${site.fallbackOwnerId} the owner while they can sign in (or ask Fast.io), look for transfer links that they may have made, then retry.`;
  return refused('conflict', message);
}
