import type { JsonObject } from '../../kernel/json.ts';
import { type Refused, refused } from '../results.ts';
import type { SuccessorCandidate } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { type Account, isPending } from './facts.ts';
import type { Member } from './schemas.ts';

/** Who gets what the leaver owns, and what was odd about it or about those passed over. */
export interface Successor {
  readonly kind: 'successor';
  readonly candidate: SuccessorCandidate;
  readonly reasons: readonly string[];
}

/** Chooses the successor as things stand now; refused, with the setting to change, when nobody is fit. */
export function decideSuccessor(attempt: Attempt, { userId }: Account, members: readonly Member[]): Successor | Refused {
  const { site, context, chooseSuccessor } = attempt;
  const leaverAccountId = userId ?? '';
  const choice = chooseSuccessor([candidateFor(site.fallbackOwnerId, members)], {
    leaverAccountId,
    leavingAccounts: context.leavingAccounts,
  });
  if (choice.kind === 'chosen') return { ...choice, kind: 'successor' };
  const advice = `Put an active account that stays into targets[${site.id}].fallbackOwnerId, then retry.`;
  return refused('conflict', `${site.id}: nobody can take over what ${userId} owns: ${choice.reasons.join('; ')}. ${advice}`);
}

function candidateFor(accountId: string, members: readonly Member[]): SuccessorCandidate {
  const member = members.find(({ id }) => id === accountId);
  if (!member) return { accountId, email: null, source: 'fallback', status: 'unknown' };
  return { accountId, email: member.email, source: 'fallback', status: isPending(member) ? 'suspended' : 'active' };
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Successor): JsonObject {
  return { ...candidate, reasons: [...reasons] };
}
