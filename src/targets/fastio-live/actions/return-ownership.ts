import { resultOfFault } from '../../fault.ts';
import { done, refused } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import { inventoryOf, receiverOf } from '../facts.ts';
import { seeMembers } from '../holdings.ts';
import { giveTo, ownerAmong } from '../ownership.ts';
import { called, type Place } from '../place.ts';

/** Gives a workspace or share back to the person who left, from the one who got it in this case and from nobody else. */
export const returnOwnership: LiveAction = {
  action: 'return-ownership',
  phase: 'transfer',
  after: ['restore-membership'],
  playbooks: [],
  undoes: 'transfer-ownership',
  observed: 'the members of the place, one of whom is shown as its owner',
  perSubject: true,
  run: atPlace(async (attempt, { userId }, place) => {
    const seen = await seeMembers(attempt, place);
    if (seen.kind === 'fault') return resultOfFault(seen);
    if (seen.kind === 'refused') return seen;
    if (seen.kind === 'gone') return { kind: 'not-needed', reason: `${called(place)} is no longer there` };
    const { repeated } = attempt.context;
    const ownerId = ownerAmong(seen.items);
    if (userId === null || ownerId === userId)
      return done(repeated ? 'verified' : 'already-absent', { name: place.name, seenWith: userId });
    const receivers = receiversIn(attempt);
    const receiverId = receivers.find((one) => one === ownerId);
    if (receiverId === undefined) return changedHands(attempt, place, receivers, userId);
    const ifDenied = `Only its owner may hand it over, it seems: have ${receiverId} give it back to ${userId}, then retry.`;
    return giveTo(attempt, { place, giverId: receiverId, receiverId: userId, ifDenied, setting: null }, seen.items);
  }),
};

/** Where no finished transfer tells who got it, one that was begun may have given it to whoever was chosen, or to the fallback. */
function receiversIn({ context, site }: Attempt): string[] {
  const received = receiverOf(context);
  if (received !== undefined) return [received];
  const chosen = inventoryOf(context).successor?.accountId;
  return [...new Set([chosen ?? site.fallbackOwnerId, site.fallbackOwnerId])];
}

/** The receiver has passed it on, or somebody else has: it is not taken from whoever has it now. */
function changedHands({ site }: Attempt, place: Place, receivers: readonly string[], userId: string): ActionResult {
  const theirs = receivers.join(' or ');
  const message = `${site.id}: ${called(place)} no longer belongs to ${theirs}, who got it in this case, so it was not taken back. Ask its present owner; once it belongs to ${userId} or ${theirs} again, retry.`;
  return refused('conflict', message);
}
