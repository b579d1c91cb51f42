import { resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, atWorkspace, type FlashbackAction } from '../attempt.ts';
import { seeMembership } from '../confirm.ts';
import type { Account, Membership } from '../facts.ts';
import { explained } from '../refusals.ts';

/** Puts the person back into a workspace, with the role from before, where a removal that was begun turns out to have worked. */
export const restoreMembership: FlashbackAction = {
  action: 'restore-membership',
  phase: 'transfer',
  after: ['restore-account'],
  playbooks: [],
  undoes: 'remove-from-workspace',
  observed: 'the workspace shows the account among its members',
  perSubject: true,
  run: atWorkspace(async (attempt, account, job) => {
    const before = await lookUp(attempt, account, job, attempt.context.repeated ? 'verified' : 'already-absent');
    return before ?? putBack(attempt, account, job);
  }),
};

async function putBack(attempt: Attempt, account: Account, job: Membership): Promise<ActionResult> {
  const { api, site } = attempt;
  const { workspaceId, name, role } = job;
  if (role === null) {
    const message = `${site.id}: ${account.userId} had a role in workspace ${workspaceId} (${name}) that Leaver cannot give back. Add them there by hand.`;
    return refused('conflict', message);
  }
  const answer = await api.addMember(workspaceId, account.userId, role);
  const ifUnknown = `Invite ${account.userId} into the organization again, then retry.`;
  if (answer.kind === 'fault' && answer.effect === 'none') return explained(site.id, job, answer, ifUnknown);
  const look = () => lookUp(attempt, account, job, 'verified');
  if (answer.kind === 'fault') return (await look()) ?? resultOfFault(answer);
  return (await patiently(attempt, look)) ?? notYet(attempt, account, job);
}

/** Done with `outcome` when the workspace shows the account, undefined while it does not. */
async function lookUp(
  attempt: Attempt,
  { userId }: Account,
  { workspaceId, name }: Membership,
  outcome: 'verified' | 'already-absent',
): Promise<ActionResult | undefined> {
  const seen = await seeMembership(attempt, workspaceId, userId);
  if (seen.kind === 'fault') return resultOfFault(seen);
  if (seen.kind === 'refused') return seen;
  return seen.kind === 'member' ? done(outcome, { name, role: seen.role }) : undefined;
}

function notYet({ site }: Attempt, { userId }: Account, { workspaceId, name }: Membership): ActionResult {
  const message = `${site.id}: ${userId} was put back into workspace ${workspaceId} (${name}), and is not shown there. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
