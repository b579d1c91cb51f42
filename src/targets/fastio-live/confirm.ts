import { resultOfFault } from '../fault.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import { type Account, membershipIn } from './facts.ts';
import { seeMembers } from './holdings.ts';
import type { Place } from './place.ts';
import type { Member } from './schemas.ts';

/** How the leaver stands with a place, or why nobody can say. `gone`: there is no such place any more. */
export type Seen =
  | { readonly kind: 'member'; readonly member: Member & { readonly id: string }; readonly members: readonly Member[] }
  | { readonly kind: 'no-member'; readonly members: readonly Member[] }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unsettled'; readonly result: ActionResult };

/** Reads who is in the place. */
export async function seeMembership(attempt: Attempt, place: Place, account: Account): Promise<Seen> {
  const seen = await seeMembers(attempt, place);
  if (seen.kind === 'fault') return { kind: 'unsettled', result: resultOfFault(seen) };
  if (seen.kind === 'refused') return { kind: 'unsettled', result: seen };
  if (seen.kind === 'gone') return seen;
  const member = membershipIn(seen.items, account);
  return member ? { kind: 'member', member, members: seen.items } : { kind: 'no-member', members: seen.items };
}
