import { done } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Established, giveStatus, seeStatus, type Unsettled } from '../account-status.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
import { findMember } from '../members.ts';
import { isInvited, isLockedOut } from '../states.ts';

/** Locks the account. Done when the target itself says that it is suspended. */
export const suspend: FastioAction = {
  action: 'suspend',
  phase: 'contain',
  after: ['resolve-account'],
  playbooks: ['offboard', 'contain'],
  observed: 'the list of members shows the account as suspended',
  run: forAccount(async (attempt, account) => {
    const before = attempt.context.repeated ? await seeStatus(attempt, account, 'suspended') : undefined;
    const established = before ?? (await giveStatus(attempt, account, 'suspended'));
    if (established.kind !== 'unsettled') return concluded(account, established);
    return (await withoutSuspension(attempt, account, established)) ?? established.result;
  }),
};

/** The status from before is kept, so that it can be given back. */
function concluded({ statusBefore }: Account, { kind }: Exclude<Established, Unsettled>): ActionResult {
  return done(kind === 'there' ? 'verified' : 'already-absent', { statusBefore });
}

/**
 * An account that nobody can sign in with may be one that cannot be suspended either. Undefined where it is not one, or where the target has not said
 * anything about the account at all.
 */
async function withoutSuspension(attempt: Attempt, account: Account, { result }: Unsettled): Promise<ActionResult | undefined> {
  const { userId, status, statusBefore } = account;
  if (!(isInvited(status) || isLockedOut(status)) || !isAboutAccount(result)) return undefined;
  const found = await findMember(attempt.api, userId, attempt.context.person.email);
  if (found.kind !== 'member') return undefined;
  if (isLockedOut(found.member.status)) {
    return done('already-absent', { statusBefore, note: `the account is ${found.member.status}: nobody can sign in with it` });
  }
  if (!isInvited(found.member.status)) return undefined;
  const residual = `The account is ${found.member.status} and cannot be suspended: whoever has the invitation can accept it.`;
  const advice = 'Where that is too long, withdraw the invitation there by hand.';
  return done('not-offered', { statusBefore, residual, lasts: 'until the account is removed', advice });
}

/** Rather than about our credential, our pace, or a target that is down. */
function isAboutAccount(result: ActionResult): boolean {
  if (result.kind !== 'refused' && result.kind !== 'retry-later') return false;
  const isDown = result.kind === 'retry-later' && result.targetDown === true;
  return !isDown && ![401, 403, 429].includes(result.error.status ?? 0);
}
