import type { Fault } from '../fault.ts';
import type { Refused } from '../results.ts';
import { fallbackAmong, type Listed, type Seat, seatAmong } from '../seats.ts';
import { chooseAmong, type NotYet, proposeSuccessors, type Successor } from '../succession.ts';
import type { FollowUp } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { roleIn } from './memberships.ts';
import { isPresent } from './people.ts';
import type { Person, Workspace } from './schemas.ts';

/** Chooses who is made ADMIN, as things stand now; refused, with the setting to change, when nobody is fit. */
export async function decideSuccessor(
  attempt: Attempt,
  leaverId: string,
  callerId: string,
  people: readonly Person[],
): Promise<Successor | Refused | NotYet | Fault> {
  const { site, context, chooseSuccessor } = attempt;
  const present = people.filter(isPresent).map(listed);
  const fallback = fallbackAmong(people.map(listed), site.fallbackOwnerId);
  const seek = async (emails: readonly string[]): Promise<Seat> => seatAmong(present, emails);
  const proposal = await proposeSuccessors({ target: site.id, context, fallback, seek });
  if (proposal.kind !== 'proposal') return proposal;
  const purpose = `succeed ${leaverId} as ADMIN`;
  return chooseAmong(proposal, { target: site.id, context, chooseSuccessor, leaverAccountId: leaverId, ownAccountId: callerId, purpose });
}

/** Whoever was deleted, or has not accepted the invitation yet, can look after nothing. */
function listed(person: Person): Listed {
  return { accountId: person.id, email: person.email, isActive: isPresent(person) && person.validated !== false };
}

/** The step that gives the workspace an ADMIN. */
export function ensureAdminOf(workspace: Workspace, { candidate }: Successor): FollowUp {
  const roleBefore = roleIn(workspace, candidate.accountId) ?? null;
  return { action: 'ensure-admin', subject: workspace.id, facts: { name: workspace.name, role: 'ADMIN', roleBefore } };
}

/** The step that takes the leaver out of the workspace. */
export function removalOf(workspace: Workspace, leaverId: string): FollowUp {
  const { id, name } = workspace;
  return { action: 'remove-from-workspace', subject: id, facts: { name, role: roleIn(workspace, leaverId) ?? null } };
}
