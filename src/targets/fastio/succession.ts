import type { Fault } from '../fault.ts';
import type { Refused } from '../results.ts';
import type { Fallback, Seat } from '../seats.ts';
import { chooseAmong as choose, type NotYet, proposeSuccessors, type Successor } from '../succession.ts';
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

/** Who gets the workspaces. */
export interface Heir extends Successor {
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
export async function decideSuccessor(attempt: Attempt, account: Account, bytes: number): Promise<Heir | Refused | NotYet | Fault> {
  const heirs = await proposeHeirs(attempt, bytes);
  return heirs.kind === 'heirs' ? chooseAmong(attempt, account, heirs, new Set()) : heirs;
}

/** The first one who is fit; `full` have said that they have no room. */
export function chooseAmong(attempt: Attempt, { userId }: Account, { candidates: all, notes }: Heirs, full: ReadonlySet<string>) {
  const { context, site, chooseSuccessor } = attempt;
  const candidates = all.map((one) => (full.has(one.accountId) ? { ...one, isOverQuota: true } : one));
  const purpose = `take over what ${userId} owns`;
  const chosen = choose({ candidates, notes }, { target: site.id, context, chooseSuccessor, leaverAccountId: userId, purpose });
  if (chosen.kind === 'refused') return chosen;
  const isOther = ({ accountId }: SuccessorCandidate) => accountId !== '' && accountId !== chosen.candidate.accountId;
  return { ...chosen, others: candidates.filter(isOther).map(({ accountId }) => accountId) };
}

async function fallbackOf({ api, site, context }: Attempt): Promise<Fallback | Fault> {
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

/** One transfer a workspace. */
export function transfersOf(workspaces: readonly Workspace[], { candidate, others }: Heir): FollowUp[] {
  const besides = others.length > 0 && { otherSuccessors: [...others] };
  return workspaces.map(({ id, name, owner_id }) => ({
    action: 'transfer-workspace',
    subject: id,
    facts: { name, successorId: candidate.accountId, ownerId: owner_id, ...besides },
  }));
}
