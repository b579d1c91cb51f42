import { resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult, Outcome } from '../../target.ts';
import { type Attempt, atWorkspace, type FlashbackAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import type { Account, Membership } from '../facts.ts';
import { isAdmin, isLastHumanAdmin } from '../memberships.ts';
import { readPeople } from '../people.ts';
import { explained } from '../refusals.ts';
import type { Profile, Workspace } from '../schemas.ts';
import { decideSuccessor, ensureAdminOf } from '../succession.ts';

/** Takes the leaver out of one workspace. Done when a read no longer shows them in it, whatever the answer was; never where no human ADMIN would be left. */
export const removeFromWorkspace: FlashbackAction = {
  action: 'remove-from-workspace',
  phase: 'remove',
  after: ['list-workspaces', 'ensure-admin'],
  playbooks: ['offboard'],
  observed: 'the workspace, whose members must not include the account',
  perSubject: true,
  run: atWorkspace(async (attempt, account, job, profile) => {
    const seen = await seeMembership(attempt, job.workspaceId, account.userId);
    if (seen.kind === 'fault') return resultOfFault(seen);
    if (seen.kind === 'refused') return seen;
    if (seen.kind === 'no-member') return done(attempt.context.repeated ? 'verified' : 'already-absent', factsOf(job));
    const before = seen.role === 'ADMIN' ? await adminFirst(attempt, account, seen.workspace, profile) : undefined;
    return before ?? remove(attempt, account, job);
  }),
};

/** What must be done before, where the leaver is the last person who is ADMIN; undefined where somebody else is. */
async function adminFirst(
  attempt: Attempt,
  { userId }: Account,
  workspace: Workspace,
  profile: Profile,
): Promise<ActionResult | undefined> {
  const people = await readPeople(attempt);
  if (people.kind === 'fault') return resultOfFault(people);
  const { site, context } = attempt;
  const staying = { people: people.items, leaverId: userId, callerId: profile.id, leavingAccounts: context.leavingAccounts };
  if (!isLastHumanAdmin(workspace, staying)) return undefined;
  if (!isAdmin(workspace, profile.id)) return noAdminToMake(site.id, workspace, userId, profile.id);
  const successor = await decideSuccessor(attempt, userId, profile.id, people.items);
  if (successor.kind === 'fault') return resultOfFault(successor);
  if (successor.kind !== 'successor') return successor;
  const reason = `${userId} is the last person who is ADMIN of workspace ${workspace.id}; the successor becomes ADMIN before`;
  return { kind: 'more-first', followUps: [ensureAdminOf(workspace, successor)], reason };
}

function noAdminToMake(target: string, { id, name }: Workspace, userId: string, callerId: string): ActionResult {
  const message = `${target}: ${userId} is the last person who is ADMIN of workspace ${id} (${name}), and Leaver's account ${callerId} is no ADMIN of it, so it can put nobody in their place. Make ${callerId} ADMIN of it, then retry.`;
  return refused('target-refused', message);
}

async function remove(attempt: Attempt, account: Account, job: Membership): Promise<ActionResult> {
  const answer = await attempt.api.removeMember(job.workspaceId, account.userId);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await lookUp(attempt, account, job, 'verified') : undefined;
    return seen ?? explained(attempt.site.id, job, answer);
  }
  const outcome = answer.status === 404 ? 'already-absent' : 'verified';
  const seen = await patiently(attempt, () => lookUp(attempt, account, job, outcome));
  return seen ?? stillThere(attempt, account, job, answer.status);
}

/** Done with `outcome` when the workspace no longer shows the account, undefined while it does. */
async function lookUp(attempt: Attempt, { userId }: Account, job: Membership, outcome: Outcome): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, job.workspaceId, userId);
  if (seen.kind === 'fault') return resultOfFault(seen);
  if (seen.kind === 'refused') return seen;
  return seen.kind === 'no-member' ? done(outcome, factsOf(job)) : undefined;
}

function factsOf({ name, role }: Membership) {
  return { name, role };
}

function stillThere({ site }: Attempt, { userId }: Account, { workspaceId, name }: Membership, status: number): ActionResult {
  const message = `${site.id}: the removal of ${userId} from workspace ${workspaceId} (${name}) was answered with ${status}, and the account is still shown as a member. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
