import { done, refused } from '../../results.ts';
import { atPlace, type LiveAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import { standingIn } from '../facts.ts';
import { called } from '../place.ts';
import { giveStanding, hasStanding } from '../standing.ts';

/** Gives a membership back the role and the end that it had before it was cut down; one that has ended since is made anew. */
export const restoreMembership: LiveAction = {
  action: 'restore-membership',
  phase: 'contain',
  after: [],
  playbooks: [],
  undoes: 'restrict-membership',
  observed: 'the members of the place show the account with the role from before',
  perSubject: true,
  run: atPlace(async (attempt, account, place) => {
    const before = standingIn(attempt.context.facts);
    if (!before)
      return refused('internal', `${attempt.site.id}: the role from before in ${called(place)} is not known, so nothing was done.`);
    const seen = await seeMembership(attempt, place, account);
    if (seen.kind === 'unsettled') return seen.result;
    if (seen.kind === 'gone') return { kind: 'not-needed', reason: `${called(place)} is no longer there` };
    const member = seen.kind === 'member' ? seen.member : undefined;
    // An end that was set and is not shown would come all the same, so it is taken away even where everything looks as it was.
    const isSure = place.kind === 'org' || member?.expires !== undefined;
    if (member && isSure && hasStanding(member, before))
      return done(attempt.context.repeated ? 'verified' : 'already-absent', { ...before });
    return giveStanding(attempt, account, place, before, member);
  }),
};
