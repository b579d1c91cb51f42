import type { JsonObject } from '../../kernel/json.ts';
import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import { factsOfChoice, type NotYet, proposeSuccessors, type Seat } from '../succession.ts';
import type { FollowUp, SuccessorCandidate } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { roleIn } from './memberships.ts';
import { isPresent } from './people.ts';
import type { Person, Workspace } from './schemas.ts';

/** Who is made ADMIN, and what was odd about it or about those passed over. */
export interface Successor {
  readonly kind: 'successor';
  readonly candidate: SuccessorCandidate;
  readonly reasons: readonly string[];
}

/** Chooses the successor as things stand now; refused, with the setting to change, when nobody is fit. */
export async function decideSuccessor(
  attempt: Attempt,
  leaverId: string,
  callerId: string,
  people: readonly Person[],
): Promise<Successor | Refused | NotYet | Fault> {
  const { site, context, chooseSuccessor } = attempt;
  const seek = async (emails: readonly string[]): Promise<Seat> => seatOf(emails, people);
  const proposal = await proposeSuccessors({ target: site.id, context, fallback: fallbackOf(site.fallbackOwnerId, people), seek });
  if (proposal.kind !== 'proposal') return proposal;
  const { candidates, notes } = proposal;
  const { leavingAccounts } = context;
  const choice = chooseSuccessor(candidates, { leaverAccountId: leaverId, leavingAccounts, ownAccountId: callerId });
  if (choice.kind === 'chosen') {
    const { candidate } = choice;
    // Why the directory says no more is of interest only where it was not followed.
    return { kind: 'successor', candidate, reasons: candidate.source === 'fallback' ? [...notes, ...choice.reasons] : choice.reasons };
  }
  const reasons = [...notes, ...choice.reasons].join('; ');
  const advice = `Put an account of a person who stays into targets[${site.id}].fallbackOwnerId, then retry.`;
  return refused('conflict', `${site.id}: nobody can succeed ${leaverId} as ADMIN: ${reasons}. ${advice}`);
}

function fallbackOf(accountId: string, people: readonly Person[]): Pick<SuccessorCandidate, 'accountId' | 'email' | 'status'> {
  const person = people.find(({ id }) => id === accountId);
  if (!person) return { accountId, email: null, status: 'unknown' };
  return { accountId, email: person.email, status: isActive(person) ? 'active' : 'suspended' };
}

/** Whoever has the first address; where nobody has it, whoever has another one. One who was deleted is nobody any more. */
function seatOf([email = '', ...others]: readonly string[], people: readonly Person[]): Seat {
  const withOneOf = (addresses: readonly string[]): Person[] => {
    const keys = new Set(addresses.map((one) => one.toLowerCase()));
    return people.filter((person) => isPresent(person) && keys.has(person.email?.toLowerCase() ?? ''));
  };
  const direct = withOneOf([email]);
  const [person, another] = direct.length > 0 ? direct : withOneOf(others);
  if (!person) return { kind: 'nobody' };
  return another ? { kind: 'several' } : { kind: 'account', accountId: person.id, email: person.email, isActive: isActive(person) };
}

/** Whoever was deleted, or has not accepted the invitation yet, can look after nothing. */
function isActive(person: Person): boolean {
  return isPresent(person) && person.validated !== false;
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Successor): JsonObject {
  return factsOfChoice(candidate, reasons);
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
