import type { JsonObject } from '../../kernel/json.ts';
import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import type { FollowUp, SuccessorCandidate } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { type Account, inventoryOf } from './facts.ts';
import { findMember } from './members.ts';
import type { Workspace } from './schemas.ts';

/** Who gets the workspaces, and what was odd about it or about those passed over. */
export interface Successor {
  readonly kind: 'successor';
  readonly candidate: SuccessorCandidate;
  readonly reasons: readonly string[];
}

/** Chooses the successor as things stand now; refused, with the setting to change, when nobody is fit. */
export async function decideSuccessor(attempt: Attempt, account: Account): Promise<Successor | Refused | Fault> {
  const { context, site } = attempt;
  const fallback = await fallbackCandidate(attempt);
  if ('kind' in fallback) return fallback;
  const choice = attempt.chooseSuccessor([fallback], { leaverAccountId: account.userId, leavingAccounts: context.leavingAccounts });
  if (choice.kind === 'chosen') return { ...choice, kind: 'successor' };
  const advice = `Put an active account that stays into targets[${site.id}].fallbackOwnerId, then retry.`;
  return refused('conflict', `${site.id}: nobody can take over what ${account.userId} owns: ${choice.reasons.join('; ')}. ${advice}`);
}

async function fallbackCandidate({ api, site, context }: Attempt): Promise<SuccessorCandidate | Fault> {
  const accountId = site.fallbackOwnerId;
  const planned = inventoryOf(context).successor;
  const found = await findMember(api, accountId, planned?.accountId === accountId ? planned.email : null);
  if (found.kind === 'fault') return found;
  if (found.kind === 'no-member') return { accountId, email: null, source: 'fallback', status: 'unknown' };
  const { email, status } = found.member;
  return { accountId, email, source: 'fallback', status: status === 'active' ? 'active' : 'suspended' };
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Successor): JsonObject {
  return { ...candidate, reasons: [...reasons] };
}

/** One transfer a workspace. */
export function transfersOf(workspaces: readonly Workspace[], { candidate }: Successor): FollowUp[] {
  return workspaces.map(({ id, name, owner_id }) => ({
    action: 'transfer-workspace',
    subject: id,
    facts: { name, successorId: candidate.accountId, ownerId: owner_id },
  }));
}
