import { resultOfFault } from '../../fault.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { findMember } from '../members.ts';

/** Locks the account. Done when the target itself says that it is suspended. */
export const suspend: FastioAction = {
  action: 'suspend',
  phase: 'contain',
  after: ['resolve-account'],
  playbooks: ['offboard', 'contain'],
  run: forAccount(async (attempt, account) => {
    const before = attempt.context.repeated ? await lookUp(attempt, account) : undefined;
    return before ?? change(attempt, account);
  }),
};

async function change(attempt: Attempt, account: Account): Promise<ActionResult> {
  const answer = await attempt.api.setStatus(account.userId, 'suspended');
  if (answer.kind === 'fault') {
    const seen = answer.effect === 'unclear' ? await lookUp(attempt, account) : undefined;
    return seen ?? resultOfFault(answer);
  }
  if (answer.status === 404)
    return (await lookUp(attempt, account)) ?? notYet(attempt, account, 'was not found, though it is listed as a member');
  return echoed(attempt, account, answer.body.user);
}

async function echoed(attempt: Attempt, account: Account, user: { id: string; status: string }): Promise<ActionResult> {
  if (user.id !== account.userId) {
    const message = `${attempt.site.id}: asked to suspend ${account.userId}, it says that it changed ${user.id}. Check both accounts there, then retry.`;
    return refused('target-refused', message);
  }
  if (user.status === 'suspended') return suspended(account);
  return (await lookUp(attempt, account)) ?? notYet(attempt, account, 'is still not suspended');
}

/** What the member list establishes: suspended, or gone. Undefined when the account is as it was. */
async function lookUp({ api, context }: Attempt, account: Account): Promise<ActionResult | undefined> {
  const found = await findMember(api, account.userId, context.person.email);
  if (found.kind === 'fault') return resultOfFault(found);
  if (found.kind === 'no-member') return done('already-absent', { statusBefore: account.status });
  return found.member.status === 'suspended' ? suspended(account) : undefined;
}

function suspended(account: Account): ActionResult {
  return done('verified', { statusBefore: account.status });
}

function notYet({ site }: Attempt, { userId }: Account, what: string): ActionResult {
  return retryLater('target-unavailable', `${site.id}: the account ${userId} ${what}. Leaver asks again later.`, 2000);
}
