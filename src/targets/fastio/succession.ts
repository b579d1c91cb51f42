import type { JsonObject } from '../../kernel/json.ts';
import type { Fault } from '../fault.ts';
import { type Refused, refused } from '../results.ts';
import { factsOfChoice, type NotYet, proposeSuccessors, type Seat } from '../succession.ts';
import type { FollowUp, SuccessorCandidate } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { type Account, inventoryOf } from './facts.ts';
import { findMember, membersWhere } from './members.ts';
import type { Member, Workspace } from './schemas.ts';
import { withRoom } from './storage.ts';

/** Whoever might get the workspaces, in order of preference. */
export interface Heirs {
  readonly kind: 'heirs';
  readonly candidates: readonly SuccessorCandidate[];
  /** Why the directory proposes no more of them. */
  readonly notes: readonly string[];
}

/** Who gets the workspaces, and what was odd about it or about those passed over. */
export interface Successor {
  readonly kind: 'successor';
  readonly candidate: SuccessorCandidate;
  readonly reasons: readonly string[];
  /** Accounts that may get a workspace where this one has no room for it. */
  readonly others: readonly string[];
}

/** Who might succeed, as things stand now; `bytes` is how much there is to be stored. */
export async function proposeHeirs(attempt: Attempt, bytes: number): Promise<Heirs | NotYet | Fault> {
  const { api, site, context } = attempt;
  const fallback = await fallbackOf(attempt);
  if ('kind' in fallback) return fallback;
  const seek = async (emails: readonly string[]): Promise<Seat | Fault> => await seatOf(attempt, emails);
  const proposal = await proposeSuccessors({ target: site.id, context, fallback, seek });
  if (proposal.kind !== 'proposal') return proposal;
  const candidates = await withRoom(api, site.storageQuotaBytes, bytes, proposal.candidates);
  return 'kind' in candidates ? candidates : { kind: 'heirs', candidates, notes: proposal.notes };
}

/** Chooses the successor as things stand now; refused, with the setting to change, when nobody is fit. */
export async function decideSuccessor(attempt: Attempt, account: Account, bytes: number): Promise<Successor | Refused | NotYet | Fault> {
  const heirs = await proposeHeirs(attempt, bytes);
  return heirs.kind === 'heirs' ? chooseAmong(attempt, account, heirs, new Set()) : heirs;
}

/** The first one who is fit; `full` have said that they have no room. */
export function chooseAmong({ context, site, chooseSuccessor }: Attempt, { userId }: Account, heirs: Heirs, full: ReadonlySet<string>) {
  const { notes } = heirs;
  const candidates = heirs.candidates.map((one) => (full.has(one.accountId) ? { ...one, isOverQuota: true } : one));
  const choice = chooseSuccessor(candidates, { leaverAccountId: userId, leavingAccounts: context.leavingAccounts });
  if (choice.kind === 'chosen') {
    const { candidate } = choice;
    // Why the directory says no more is of interest only where it was not followed.
    const reasons = candidate.source === 'fallback' ? [...notes, ...choice.reasons] : choice.reasons;
    const others = candidates.flatMap(({ accountId }) => (accountId === '' || accountId === candidate.accountId ? [] : [accountId]));
    return { kind: 'successor', candidate, reasons, others } as const;
  }
  const reasons = [...notes, ...choice.reasons].join('; ');
  const advice = `Put an active account that stays into targets[${site.id}].fallbackOwnerId, then retry.`;
  return refused('conflict', `${site.id}: nobody can take over what ${userId} owns: ${reasons}. ${advice}`);
}

async function fallbackOf({ api, site, context }: Attempt): Promise<Pick<SuccessorCandidate, 'accountId' | 'email' | 'status'> | Fault> {
  const accountId = site.fallbackOwnerId;
  const planned = inventoryOf(context).successor;
  const found = await findMember(api, accountId, planned?.accountId === accountId ? planned.email : null);
  if (found.kind === 'fault') return found;
  if (found.kind === 'no-member') return { accountId, email: null, status: 'unknown' };
  const { email } = found.member;
  return { accountId, email, status: isActive(found.member) ? 'active' : 'suspended' };
}

/** Whoever has the first address; where nobody has it, whoever has another one. */
async function seatOf({ api }: Attempt, [email = '', ...others]: readonly string[]): Promise<Seat | Fault> {
  const keys = new Set(others.map((one) => one.toLowerCase()));
  const direct = await membersWhere(api, email, (member) => member.email?.toLowerCase() === email.toLowerCase());
  const isKnown = direct.kind === 'fault' || direct.items.length > 0 || keys.size === 0;
  const found = isKnown ? direct : await membersWhere(api, null, (member) => keys.has(member.email?.toLowerCase() ?? ''));
  if (found.kind === 'fault') return found;
  const [member, another] = found.items;
  if (!member) return { kind: 'nobody' };
  if (another) return { kind: 'several' };
  return { kind: 'account', accountId: member.user_id, email: member.email, isActive: isActive(member) };
}

/** Whoever has not accepted an invitation yet, or is locked out in whatever way, can look after nothing. */
function isActive({ status }: Member): boolean {
  return status === 'active';
}

/** The choice as facts keep it. */
export function successorFacts({ candidate, reasons }: Pick<Successor, 'candidate' | 'reasons'>): JsonObject {
  return factsOfChoice(candidate, reasons);
}

/** One transfer a workspace. */
export function transfersOf(workspaces: readonly Workspace[], { candidate, others }: Successor): FollowUp[] {
  const besides = others.length > 0 && { otherSuccessors: [...others] };
  return workspaces.map(({ id, name, owner_id }) => ({
    action: 'transfer-workspace',
    subject: id,
    facts: { name, successorId: candidate.accountId, ownerId: owner_id, ...besides },
  }));
}
