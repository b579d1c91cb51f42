import { resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import { successorFacts, withChoice } from '../../succession.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atWorkspace, type FlashbackAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import type { Account, Membership } from '../facts.ts';
import { isLastHumanAdmin } from '../memberships.ts';
import { readPeople } from '../people.ts';
import { explained } from '../refusals.ts';
import type { Profile } from '../schemas.ts';
import { decideSuccessor } from '../succession.ts';

/** Makes the successor an ADMIN of a workspace in which no other person would be one. */
export const ensureAdmin: FlashbackAction = {
  action: 'ensure-admin',
  phase: 'transfer',
  after: ['list-workspaces'],
  playbooks: ['offboard'],
  observed: 'the workspace shows the successor among its members, as ADMIN',
  lasting: 'the successor stays ADMIN of the workspace: take the role from them there where it is not wanted',
  perSubject: true,
  run: atWorkspace(ensure),
};

async function ensure(attempt: Attempt, { userId }: Account, job: Membership, profile: Profile): Promise<ActionResult> {
  const people = await readPeople(attempt);
  if (people.kind === 'fault') return resultOfFault(people);
  // Chosen anew: the grace period may have changed who is fit, and an operator may have named somebody else since.
  const successor = await decideSuccessor(attempt, userId, profile.id, people.items);
  if (successor.kind === 'fault') return resultOfFault(successor);
  if (successor.kind !== 'successor') return successor;
  const { accountId } = successor.candidate;
  const seen = await seeMembership(attempt, job.workspaceId, accountId);
  if (seen.kind === 'fault') return resultOfFault(seen);
  if (seen.kind === 'refused') return seen;
  const { leavingAccounts, repeated } = attempt.context;
  const roleBefore = seen.kind === 'member' ? seen.role : null;
  if (roleBefore === 'ADMIN') return done(repeated ? 'verified' : 'already-absent', { name: job.name, successorId: accountId });
  const staying = { people: people.items, leaverId: userId, callerId: profile.id, leavingAccounts };
  if (!isLastHumanAdmin(seen.workspace, staying))
    return { kind: 'not-needed', reason: 'another person who stays is ADMIN of the workspace' };
  return withChoice(await promote(attempt, job, accountId, roleBefore), attempt.context, successorFacts(successor));
}

async function promote(attempt: Attempt, job: Membership, accountId: string, roleBefore: string | null): Promise<ActionResult> {
  const { api, site } = attempt;
  const { workspaceId, name } = job;
  const answer = await (roleBefore === null
    ? api.addMember(workspaceId, accountId, 'ADMIN')
    : api.setRole(workspaceId, accountId, 'ADMIN'));
  const ifUnknown = `Check targets[${site.id}].fallbackOwnerId, then retry.`;
  if (answer.kind === 'fault' && answer.effect === 'none') return explained(site.id, job, answer, ifUnknown);
  const look = async (): Promise<ActionResult | undefined> => {
    const seen = await seeMembership(attempt, workspaceId, accountId);
    if (seen.kind === 'fault') return resultOfFault(seen);
    if (seen.kind === 'refused') return seen;
    const isThere = seen.kind === 'member' && seen.role === 'ADMIN';
    return isThere ? done('verified', { name, successorId: accountId, roleBefore }) : undefined;
  };
  if (answer.kind === 'fault') return (await look()) ?? resultOfFault(answer);
  return (await patiently(attempt, look)) ?? notYet(site.id, job, accountId);
}

function notYet(target: string, { workspaceId, name }: Membership, accountId: string): ActionResult {
  const message = `${target}: ${accountId} was to become ADMIN of workspace ${workspaceId} (${name}), and is not shown as one. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
