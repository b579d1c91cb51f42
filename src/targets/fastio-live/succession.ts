import type { Fault } from '../fault.ts';
import type { Refused } from '../results.ts';
import { fallbackAmong, type Listed, type Seat, seatAmong } from '../seats.ts';
import { chooseAmong, type NotYet, type Proposal, proposeSuccessors, type Successor } from '../succession.ts';
import type { Attempt } from './attempt.ts';
import { type Account, isPending } from './facts.ts';
import type { Member } from './schemas.ts';

/** Whoever might get what the leaver owns, in order of preference, among the members of the organization. */
export async function proposeHeirs({ site, context }: Attempt, members: readonly Member[]): Promise<Proposal | NotYet | Fault> {
  const accounts = accountsIn(members);
  const seek = async (emails: readonly string[]): Promise<Seat> => seatAmong(accounts, emails);
  return await proposeSuccessors({ target: site.id, context, fallback: fallbackAmong(accounts, site.fallbackOwnerId), seek });
}

/** Chooses the successor as things stand now; refused, with the setting to change, when nobody is fit. */
export async function decideSuccessor(
  attempt: Attempt,
  { userId }: Account,
  members: readonly Member[],
): Promise<Successor | Refused | NotYet | Fault> {
  const { site, context, chooseSuccessor } = attempt;
  const proposal = await proposeHeirs(attempt, members);
  if (proposal.kind !== 'proposal') return proposal;
  const purpose = `take over what ${userId} owns`;
  return chooseAmong(proposal, { target: site.id, context, chooseSuccessor, leaverAccountId: userId ?? '', purpose });
}

/** Each account once. Who was invited and has none yet is nobody; who has one and has not come is not active. */
function accountsIn(members: readonly Member[]): Listed[] {
  const byId = new Map<string, Listed>();
  for (const member of members) {
    const { id, email } = member;
    if (!id || byId.get(id)?.isActive) continue;
    byId.set(id, { accountId: id, email, isActive: !isPending(member) });
  }
  return [...byId.values()];
}
