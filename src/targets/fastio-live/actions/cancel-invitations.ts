import { type Fault, resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atPlace, type LiveAction } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { seeMembers } from '../holdings.ts';
import { type Found, readInvitations } from '../invitations.ts';
import { called, type Place } from '../place.ts';
import { explained } from '../refusals.ts';

/** Cancels the leaver's invitations into one place, by which they could come back. Done when none of them is listed any more. */
export const cancelInvitations: LiveAction = {
  action: 'cancel-invitations',
  phase: 'cleanup',
  after: ['list-workspaces'],
  playbooks: ['offboard'],
  observed: 'the members of the place and its list of invitations: only what is left is cancelled',
  lasting: 'invitations that were cancelled stay cancelled: invite the person again',
  perSubject: true,
  run: atPlace(async (attempt, account, place) => {
    const found = await look(attempt, account, place);
    if ('result' in found) return found.result;
    if (!found.isInvited) return done(attempt.context.repeated ? 'verified' : 'already-absent', { name: place.name, invitations: [] });
    const fault = await cancelEach(attempt, place, found);
    const after = await patiently(attempt, async () => {
      const left = await look(attempt, account, place);
      return 'result' in left || !left.isInvited ? left : undefined;
    });
    if (after && 'result' in after) return after.result;
    if (after) return done('verified', { name: place.name, invitations: [...found.ids, ...found.withoutId] });
    return fault ? denied(attempt, place, fault) : stillThere(attempt, place);
  }),
};

type Left = Pick<Found, 'ids' | 'withoutId' | 'isInvited'>;

async function look(attempt: Attempt, account: Account, place: Place): Promise<Left | { readonly result: ActionResult }> {
  const members = await seeMembers(attempt, place);
  if (members.kind === 'fault') return { result: resultOfFault(members) };
  if (members.kind === 'refused') return { result: members };
  if (members.kind === 'gone') return { ids: [], withoutId: [], isInvited: false };
  const found = await readInvitations(attempt, account, { place, members: members.items });
  return found.kind === 'fault' ? { result: resultOfFault(found) } : found;
}

/** The first fault, if any: what became of the others is seen afterwards. */
async function cancelEach({ api }: Attempt, place: Place, { ids, withoutId }: Left): Promise<Fault | undefined> {
  let first: Fault | undefined;
  for (const id of ids) {
    const answer = await api.cancelInvitation(place, id);
    if (answer.kind === 'fault' && answer.cause !== 'absent') first ??= answer;
  }
  for (const id of withoutId) {
    const answer = await api.removeMember(place, id);
    if (answer.kind === 'fault' && answer.cause !== 'absent') first ??= answer;
  }
  return first;
}

function denied({ site }: Attempt, place: Place, fault: Fault): ActionResult {
  const ifDenied = `Let the account to which targets[${site.id}].token belongs manage members there, or cancel the invitation by hand, then retry.`;
  return explained({ target: site.id, place, what: 'an invitation of the person was not cancelled', ifDenied }, fault);
}

function stillThere({ site }: Attempt, place: Place): ActionResult {
  const message = `${site.id}: an invitation of the person into ${called(place)} was cancelled, and is still listed. Leaver cancels it again later.`;
  return retryLater('target-unclear', message, 2000);
}
