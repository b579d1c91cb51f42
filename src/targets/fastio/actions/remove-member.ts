import { type Fault, resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult, Outcome } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { readInventory } from '../inventory.ts';
import { findMember, lastOwnerAdvice } from '../members.ts';
import type { Workspace } from '../schemas.ts';
import { bytesOf } from '../storage.ts';
import { decideSuccessor, transfersOf } from '../succession.ts';

/**
 * Removes the account from the organization, and only when an inventory read right before shows that it owns nothing: the target would
 * remove an owner without a word and orphan the files.
 */
export const removeMember: FastioAction = {
  action: 'remove-member',
  phase: 'remove',
  after: ['list-workspaces', 'delete-webhooks', 'transfer-workspace'],
  playbooks: ['offboard'],
  observed: 'a fresh inventory, which must be empty, then the list of members',
  run: forAccount(async (attempt, account) => {
    const before = await standsInTheWay(attempt, account);
    if (before) return before;
    const inventory = await readInventory(attempt, account);
    if (inventory.kind === 'fault') return withoutInventory(attempt, account, inventory);
    return inventory.items.length > 0 ? moreFirst(attempt, account, inventory.items) : remove(attempt, account);
  }),
};

/** Why the account is not removed; or that it is, where an attempt came before. */
async function standsInTheWay(attempt: Attempt, { userId }: Account): Promise<ActionResult | undefined> {
  const { api, context } = attempt;
  const found = await findMember(api, userId, context.person.email);
  if (found.kind === 'fault') return resultOfFault(found);
  if (found.kind === 'no-member') return context.repeated ? done('verified', { userId }) : undefined;
  const lastOwner = await lastOwnerAdvice(attempt, { userId, role: found.member.role ?? null });
  return lastOwner?.kind === 'fault' ? resultOfFault(lastOwner) : lastOwner;
}

/** A target may have no inventory for an account that is gone; that alone is not proof. */
async function withoutInventory(attempt: Attempt, account: Account, fault: Fault): Promise<ActionResult> {
  const seen = fault.cause === 'absent' ? await lookUp(attempt, account, 'already-absent') : undefined;
  return seen ?? resultOfFault(fault);
}

async function moreFirst(attempt: Attempt, account: Account, workspaces: readonly Workspace[]): Promise<ActionResult> {
  const successor = await decideSuccessor(attempt, account, bytesOf(workspaces));
  if (successor.kind === 'fault') return resultOfFault(successor);
  if (successor.kind !== 'successor') return successor;
  const reason = `${account.userId} still owns ${workspaces.length} workspace(s); these are handed over before the account is removed`;
  return { kind: 'more-first', followUps: transfersOf(workspaces, successor), reason };
}

async function remove(attempt: Attempt, account: Account): Promise<ActionResult> {
  const answer = await attempt.api.removeMember(account.userId);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await lookUp(attempt, account, 'verified') : undefined;
    return seen ?? resultOfFault(answer);
  }
  return (
    (await lookUp(attempt, account, answer.status === 404 ? 'already-absent' : 'verified')) ?? stillListed(attempt, account, answer.status)
  );
}

/** Done with `outcome` when the member list no longer shows the account, undefined when it does. */
async function lookUp({ api, context }: Attempt, { userId }: Account, outcome: Outcome): Promise<ActionResult | undefined> {
  const found = await findMember(api, userId, context.person.email);
  if (found.kind === 'fault') return resultOfFault(found);
  return found.kind === 'no-member' ? done(outcome, { userId }) : undefined;
}

function stillListed({ site }: Attempt, { userId }: Account, status: number): ActionResult {
  const message = `${site.id}: the removal of ${userId} was answered with ${status}, and the account is still listed as a member. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
