import { done } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { atPlace, type LiveAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import { subjectOf } from '../place.ts';
import { takeOut } from '../removal.ts';
import { isOwner } from '../steps.ts';

/** Takes the leaver out of one workspace or share, also where they have just handed it over, which leaves them an admin. Done when a read no longer shows them. */
export const removeMembership: LiveAction = {
  action: 'remove-membership',
  phase: 'remove',
  after: ['list-workspaces', 'transfer-ownership', 'cancel-invitations'],
  playbooks: ['offboard'],
  observed: 'the members of the place, who must not include the account',
  perSubject: true,
  run: atPlace(async (attempt, account, place): Promise<ActionResult> => {
    const seen = await seeMembership(attempt, place, account);
    if (seen.kind === 'unsettled') return seen.result;
    if (seen.kind !== 'member') return done(attempt.context.repeated ? 'verified' : 'already-absent', { name: place.name });
    if (!isOwner(seen.member)) return takeOut(attempt, account, place, seen.member.id);
    const transfer = { action: 'transfer-ownership', subject: subjectOf(place), facts: { name: place.name } };
    return {
      kind: 'more-first',
      followUps: [transfer],
      reason: `${seen.member.id} still owns ${subjectOf(place)}; it is handed over before`,
    };
  }),
};
