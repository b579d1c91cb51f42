import { resultOfFault } from '../../fault.ts';
import { done } from '../../results.ts';
import { successorFacts } from '../../succession.ts';
import type { ActionResult, FollowUp } from '../../target.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { readConnections } from '../connections.ts';
import { EVENTS, removalsAmong } from '../events.ts';
import type { Account } from '../facts.ts';
import { type Holdings, readHoldings } from '../holdings.ts';
import { invitedPlaces } from '../invitations.ts';
import { subjectOf } from '../place.ts';
import { GRANT_RESIDUAL, LOCK_RESIDUAL } from '../residual.ts';
import { cancellationOf, isOwner, type Membership, membershipsIn, removalsOf, restrictionsOf, transfersOf } from '../steps.ts';
import { decideSuccessor } from '../succession.ts';
import { inSeconds } from '../times.ts';

const A_DAY = 24 * 3600;

/**
 * Lists what the leaver owns, is a member of and is invited into, and what hangs on their account besides; decides who gets what they own, and asks for
 * one step a place: to cancel invitations into it, to revoke what was shared or connected there, to hand it over, to be taken out of it.
 */
export const listWorkspaces: LiveAction = {
  action: 'list-workspaces',
  phase: 'inventory',
  after: ['resolve-account', 'restrict-membership'],
  playbooks: ['offboard'],
  observed: 'it only reads: who is in the organization, its workspaces and the shares, and who is invited',
  run: forAccount(async (attempt, account, { callerId }) => {
    const holdings = await readHoldings(attempt, callerId);
    if (holdings.kind === 'fault') return resultOfFault(holdings);
    return holdings.kind === 'refused' ? holdings : planned(attempt, account, holdings);
  }),
};

async function planned(attempt: Attempt, account: Account, holdings: Holdings): Promise<ActionResult> {
  const memberships = membershipsIn(holdings, account);
  const transfers = transfersOf(memberships);
  const successor = transfers.length > 0 ? await decideSuccessor(attempt, account, holdings.organization.members) : null;
  if (successor?.kind === 'fault') return resultOfFault(successor);
  if (successor && successor.kind !== 'successor') return successor;
  const invited = await invitedPlaces(attempt, account, holdings);
  if (invited.kind === 'fault') return resultOfFault(invited);
  const workspaces = holdings.places.flatMap(({ place }) => (place.kind === 'workspace' ? [place] : []));
  const connections = await readConnections(attempt, account, workspaces);
  if (connections.kind === 'fault') return resultOfFault(connections);
  const prior = await readPriorEvents(attempt, account);
  const followUps: FollowUp[] = [
    ...restrictionsOf(memberships),
    ...invited.places.map((place) => cancellationOf({ place })),
    ...connections.followUps,
    ...transfers,
    ...removalsOf(memberships),
  ];
  const facts = {
    memberships: memberships.map(shown),
    invitedInto: invited.places.map(subjectOf),
    unseen: holdings.unseen.map(subjectOf),
    unattributed: [...connections.unattributed],
    unread: [...holdings.unread, ...invited.unread, ...connections.unread, ...prior.unread],
    residual: [GRANT_RESIDUAL, LOCK_RESIDUAL],
    eventsFrom: prior.from,
    priorEvents: prior.ids,
    ...(successor && { successor: successorFacts(successor) }),
  };
  return done('verified', facts, followUps);
}

function shown({ place, member }: Membership) {
  return { subject: subjectOf(place), name: place.name, role: member.role, owned: isOwner(member) };
}

/** Kept so that an old event cannot pass for the one that is still to come. What cannot be read holds nothing up. */
async function readPriorEvents({ api, clock }: Attempt, account: Account) {
  const from = inSeconds(clock.now(), -A_DAY);
  const ids: string[] = [];
  const unread: string[] = [];
  for (const event of Object.values(EVENTS)) {
    const found = await api.events(event, from);
    if (found.kind === 'list') ids.push(...removalsAmong(found.items, event, account).map(({ id }) => id));
    else unread.push(`events of the kind ${event} could not be read (${found.targetCode ?? found.status ?? found.cause})`);
  }
  return { from, ids, unread };
}
