import type { Check } from '../kernel/check.ts';
import type { SuccessorCandidate } from './target.ts';

/** What a target has for somebody's addresses. */
export type Seat =
  | { readonly kind: 'account'; readonly accountId: string; readonly email: string | null; readonly isActive: boolean }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'several' };

/** The account that the operator has named, as the target lists it. */
export type Fallback = Pick<SuccessorCandidate, 'accountId' | 'email' | 'status'>;

/** An account as a target lists it. */
export interface Listed {
  readonly accountId: string;
  readonly email: string | null;
  /** Whether they can look after something: not locked out in whatever way, and no longer only invited. */
  readonly isActive: boolean;
}

/** Whoever of `all` has the first address; where nobody has it, whoever has another one. */
export function seatAmong(all: readonly Listed[], [email = '', ...others]: readonly string[]): Seat {
  const direct = withOneOf(all, [email]);
  const [found, another] = direct.length > 0 ? direct : withOneOf(all, others);
  if (!found) return { kind: 'nobody' };
  return another ? { kind: 'several' } : { kind: 'account', ...found };
}

function withOneOf(all: readonly Listed[], addresses: readonly string[]): Listed[] {
  const keys = new Set(addresses.map((address) => address.toLowerCase()));
  return all.filter(({ email }) => keys.has(email?.toLowerCase() ?? ''));
}

/** The account with this id, which the operator has named, whether the target lists it or not. */
export function fallbackAmong(all: readonly Listed[], accountId: string): Fallback {
  const found = all.find((one) => one.accountId === accountId);
  if (!found) return { accountId, email: null, status: 'unknown' };
  return { accountId, email: found.email, status: found.isActive ? 'active' : 'suspended' };
}

/** What a look at the setting shows: whether whom the operator has named is there. */
export function checkFallback(target: string, accountId: string, isThere: boolean): Check {
  const what = 'find the fallback owner';
  if (isThere) return { what, verdict: 'fine', detail: `the account ${accountId} is in the organization` };
  const detail = `${target}: the account ${accountId} in targets[${target}].fallbackOwnerId is not in the organization. Put the id of somebody who stays into it.`;
  return { what, verdict: 'fix', detail };
}
