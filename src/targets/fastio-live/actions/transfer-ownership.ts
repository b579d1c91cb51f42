import { resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import { successorFacts, withChoice } from '../../succession.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import { type Account, inventoryOf } from '../facts.ts';
import { readOrganization, seeMembers } from '../holdings.ts';
import { giveTo, ownerAmong } from '../ownership.ts';
import { called, type Place } from '../place.ts';
import type { Member } from '../schemas.ts';
import { decideSuccessor, proposeHeirs } from '../succession.ts';

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
    if (owner === undefined) {
      const message = `${attempt.site.id}: ${called(place)} shows no owner, so it was not handed over. Leaver looks again soon.`;
      return retryLater('target-unclear', message, 5_000);
    }
    if (owner !== account.userId) return elsewhere(attempt, place, callerId, owner);
    return handOver(attempt, account, place, callerId, seen.items);
  }),
};

/** With another owner already: an earlier attempt of ours has worked, or somebody else was faster. */
async function elsewhere(attempt: Attempt, place: Place, callerId: string, ownerId: string): Promise<ActionResult> {
  const isOurs = attempt.context.repeated && (await mayBeOurs(attempt, callerId, ownerId));
  if (typeof isOurs === 'object') return isOurs;
  return done(isOurs ? 'verified' : 'already-absent', { name: place.name, seenWith: ownerId });
}

/** Whether an attempt before may have handed it to this owner: whom the inventory chose, the fallback, or somebody whom the directory has named since. */
async function mayBeOurs(attempt: Attempt, callerId: string, ownerId: string): Promise<boolean | ActionResult> {
  if ([inventoryOf(attempt.context).successor?.accountId, attempt.site.fallbackOwnerId].includes(ownerId)) return true;
  const members = await readMembers(attempt, callerId);
  if ('kind' in members) return members;
  const heirs = await proposeHeirs(attempt, members);
  if (heirs.kind === 'fault') return resultOfFault(heirs);
  return heirs.kind === 'proposal' ? heirs.candidates.some(({ accountId }) => accountId === ownerId) : heirs;
}

async function handOver(
  attempt: Attempt,
  account: Account,
  place: Place,
  callerId: string,
  members: readonly Member[],
): Promise<ActionResult> {
  const candidates = await readMembers(attempt, callerId);
  if ('kind' in candidates) return candidates;
  // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
  const successor = await decideSuccessor(attempt, account, candidates);
  if (successor.kind === 'fault') return resultOfFault(successor);
  if (successor.kind !== 'successor') return successor;
  const receiverId = successor.candidate.accountId;
  const ifDenied = `Only its owner may hand it over, it seems: have ${account.userId} do so while they can sign in, or ask Fast.io; once it belongs to ${receiverId}, retry.`;
  const setting = `targets[${attempt.site.id}].fallbackOwnerId`;
  const result = await giveTo(attempt, { place, giverId: account.userId ?? '', receiverId, ifDenied, setting }, members);
  return withChoice(result, attempt.context, successorFacts(successor));
}

async function readMembers(attempt: Attempt, callerId: string): Promise<readonly Member[] | ActionResult> {
  const organization = await readOrganization(attempt, callerId);
  if (organization.kind === 'fault') return resultOfFault(organization);
  return organization.kind === 'refused' ? organization : organization.members;
}
