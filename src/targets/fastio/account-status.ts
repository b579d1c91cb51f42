import { type Fault, resultOfFault } from '../fault.ts';
import { refused, retryLater } from '../results.ts';
import type { ActionResult } from '../target.ts';
import type { Attempt } from './attempt.ts';
import type { Account } from './facts.ts';
import { findMember } from './members.ts';

export type Status = 'active' | 'suspended';

/** `there`: the target itself says that the account has the status. `no-member`: there is no such account any more. */
export type Established = { readonly kind: 'there' | 'no-member' } | Unsettled;

/** Neither is known, or not yet. */
export interface Unsettled {
  readonly kind: 'unsettled';
  readonly result: ActionResult;
}

/** Gives the account the status, and finds out what came of it. */
export async function giveStatus(attempt: Attempt, account: Account, status: Status): Promise<Established> {
  const answer = await attempt.api.setStatus(account.userId, status);
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await seeStatus(attempt, account, status) : undefined;
    return seen ?? unsettled(answer);
  }
  if (answer.status === 404)
    return (await seeStatus(attempt, account, status)) ?? notYet(attempt, account, 'was not found, though it is listed as a member');
  return echoed(attempt, account, status, answer.body.user);
}

/** What the list of members establishes; undefined when the account is there with another status. */
export async function seeStatus({ api, context }: Attempt, { userId }: Account, status: Status): Promise<Established | undefined> {
  const found = await findMember(api, userId, context.person.email);
  if (found.kind === 'fault') return unsettled(found);
  if (found.kind === 'no-member') return { kind: 'no-member' };
  return found.member.status === status ? { kind: 'there' } : undefined;
}

async function echoed(attempt: Attempt, account: Account, wanted: Status, user: { id: string; status: string }): Promise<Established> {
  if (user.id !== account.userId) {
    const message = `${attempt.site.id}: asked to make ${account.userId} ${wanted}, it says that it changed ${user.id}. Check both accounts there, then retry.`;
    return { kind: 'unsettled', result: refused('target-refused', message) };
  }
  // A server that keeps idempotency keys answers a repeated step with its old words: those are not believed.
  if (user.status === wanted && !attempt.context.repeated) return { kind: 'there' };
  return (await seeStatus(attempt, account, wanted)) ?? notYet(attempt, account, `is still not ${wanted}`);
}

function unsettled(fault: Fault): Established {
  return { kind: 'unsettled', result: resultOfFault(fault) };
}

function notYet({ site }: Attempt, { userId }: Account, what: string): Established {
  const result = retryLater('target-unavailable', `${site.id}: the account ${userId} ${what}. Leaver asks again later.`, 2000);
  return { kind: 'unsettled', result };
}
