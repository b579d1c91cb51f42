import type { JsonObject } from '../../kernel/json.ts';
import { type Refused, refused } from '../results.ts';
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
export function decideSuccessor(attempt: Attempt, leaverId: string, callerId: string, people: readonly Person[]): Successor | Refused {
  const { site, context, chooseSuccessor } = attempt;
  const advice = `Put an account of a person who stays into targets[${site.id}].fallbackOwnerId, then retry.`;
  if (site.fallbackOwnerId === callerId) {
    const message = `${site.id}: ${callerId}, who is to succeed ${leaverId}, is the account that Leaver itself works with. ${advice}`;
    return refused('conflict', message);
  }
  const candidate = candidateFor(site.fallbackOwnerId, people);
  const choice = chooseSuccessor([candidate], { leaverAccountId: leaverId, leavingAccounts: context.leavingAccounts });
  if (choice.kind === 'chosen') return { ...choice, kind: 'successor' };
  return refused('conflict', `${site.id}: nobody can succeed ${leaverId} as ADMIN: ${choice.reasons.join('; ')}. ${advice}`);
}

function candidateFor(accountId: string, people: readonly Person[]): SuccessorCandidate {
  const person = people.find(({ id }) => id === accountId);
  if (!person) return { accountId, email: null, source: 'fallback', status: 'unknown' };
  return { accountId, email: person.email, source: 'fallback', status: isPresent(person) ? 'active' : 'suspended' };
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Successor): JsonObject {
  return { ...candidate, reasons: [...reasons] };
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
