import { done, refused } from '../../results.ts';
import { atPlace, type LiveAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import { standingIn } from '../facts.ts';
import { called } from '../place.ts';
import { giveStanding } from '../standing.ts';
import { isAtMost } from '../steps.ts';

/** Puts the person back into a workspace or share, where a removal that was begun turns out to have worked. */
export const returnMembership: LiveAction = {
  action: 'return-membership',
  phase: 'transfer',
  after: ['restore-membership', 'return-ownership'],
  playbooks: [],
  undoes: 'remove-membership',
  observed: 'the members of the place show the account',
  perSubject: true,
  run: atPlace(async (attempt, account, place) => {
    const { repeated, facts } = attempt.context;
    const seen = await seeMembership(attempt, place, account);
    if (seen.kind === 'unsettled') return seen.result;
    if (seen.kind === 'gone') return { kind: 'not-needed', reason: `${called(place)} is no longer there` };
    if (seen.kind === 'member') return done(repeated ? 'verified' : 'already-absent', { role: seen.member.role });
    const before = standingIn(facts);
    if (before && isAtMost(before.role, 'admin')) return giveStanding(attempt, account, place, before, undefined);
    const message = `${attempt.site.id}: ${account.userId} had a role in ${called(place)} that Leaver cannot give back. Add them there by hand, then retry.`;
    return refused('conflict', message);
  }),
};
