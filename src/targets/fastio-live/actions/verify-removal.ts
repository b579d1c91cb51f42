import { resultOfFault } from '../../fault.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { type Account, isPending, membershipIn } from '../facts.ts';
import { type Holdings, readHoldings, unseenRefusal } from '../holdings.ts';
import { GRANT_RESIDUAL, KEY_RESIDUAL, LOCK_RESIDUAL, REENTRY_RESIDUAL, SESSION_RESIDUAL, WEBHOOK_RESIDUAL } from '../residual.ts';
import { stillIn } from '../still-in.ts';

/** Reads everything once more: neither the organization nor any workspace or share shows the account, or invites the person. */
export const verifyRemoval: LiveAction = {
  action: 'verify-removal',
  phase: 'verify',
  after: ['list-workspaces', 'remove-membership', 'remove-from-organization'],
  playbooks: ['offboard'],
  observed: 'it only reads: who is in the organization, its workspaces and the shares',
  run: forAccount(async (attempt, account, { callerId }) => {
    const holdings = await readHoldings(attempt, callerId);
    if (holdings.kind === 'fault') return resultOfFault(holdings);
    if (holdings.kind === 'refused') return holdings;
    return stillIn(holdings, account) ?? concluded(attempt, account, holdings);
  }),
};

function concluded({ site }: Attempt, account: Account, holdings: Holdings): ActionResult {
  const { members } = holdings.organization;
  if (membershipIn(members, account)) {
    const message = `${site.id}: the account ${account.userId} was taken out of organization ${site.orgId}, and is shown as a member again. Leaver looks again soon; if it stays, take it out by hand and see how it came back.`;
    return retryLater('target-unclear', message, 2000);
  }
  const other = namesake(holdings, account);
  if (other !== undefined) {
    const message = `${site.id}: ${account.userId} is out, and the account ${other} has come in with an address of theirs. Leaver did not touch it: if it is the same person, open a case once more.`;
    return refused('conflict', message);
  }
  if (holdings.unseen.length > 0) return unseenRefusal(site.id, holdings.unseen);
  const residual = [SESSION_RESIDUAL, KEY_RESIDUAL, WEBHOOK_RESIDUAL, GRANT_RESIDUAL, LOCK_RESIDUAL, REENTRY_RESIDUAL];
  return done(holdings.unread.length === 0 ? 'verified' : 'acknowledged', {
    places: holdings.places.length,
    unread: [...holdings.unread],
    residual,
  });
}

/** Another account with an address of the person: it joined while they were being taken out. */
function namesake({ organization, places }: Holdings, { userId, addresses }: Account): string | undefined {
  const rows = [organization, ...places].flatMap(({ members }) => members);
  return rows.find((row) => !isPending(row) && row.id !== userId && addresses.has(row.email?.toLowerCase() ?? ''))?.id ?? undefined;
}
