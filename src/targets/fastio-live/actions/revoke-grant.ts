import { actionErrorOf, type Fault, resultOfFault } from '../../fault.ts';
import { patiently } from '../../poll.ts';
import { done, refused, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, forAccount, type LiveAction } from '../attempt.ts';
import { isGrantOf } from '../connections.ts';
import type { Account } from '../facts.ts';

/** Takes one file back that was shared with the leaver's account. Done when the file is no longer shown as shared with it. */
export const revokeGrant: LiveAction = {
  action: 'revoke-grant',
  phase: 'cleanup',
  after: ['list-workspaces'],
  playbooks: ['offboard'],
  observed: 'with whom the file is shared: only what is left is revoked',
  lasting: 'files that were shared with the person stay taken back: share them again',
  perSubject: true,
  run: forAccount(async (attempt, account) => {
    const { site, context } = attempt;
    const fileShareId = /^fileshare\/([^/]+)$/.exec(context.subject ?? '')?.[1];
    if (fileShareId === undefined || account.userId === null)
      return refused('internal', `${site.id}: it is not known which file is meant, or whose grant, so nothing was done.`);
    const before = await look(attempt, account, fileShareId);
    if (before !== 'shared') return before;
    const answer = await attempt.api.revokeGrant(fileShareId, account.userId);
    if (answer.kind === 'fault' && answer.effect === 'none' && answer.cause !== 'absent') return denied(site.id, fileShareId, answer);
    const after = await patiently(attempt, async () => {
      const seen = await look(attempt, account, fileShareId, true);
      return seen === 'shared' ? undefined : seen;
    });
    return after ?? (answer.kind === 'fault' ? resultOfFault(answer) : stillShared(site.id, fileShareId));
  }),
};

/** A file share that is gone is shared with nobody. */
async function look(
  { api, context }: Attempt,
  account: Account,
  fileShareId: string,
  isOurs = context.repeated,
): Promise<'shared' | ActionResult> {
  const grants = await api.grants(fileShareId);
  if (grants.kind === 'fault' && grants.cause !== 'absent') return resultOfFault(grants);
  if (grants.kind === 'list' && grants.items.some(isGrantOf(account))) return 'shared';
  return done(isOurs ? 'verified' : 'already-absent', { name: context.facts['name'] ?? '' });
}

function denied(target: string, fileShareId: string, fault: Fault): ActionResult {
  if (fault.cause !== 'permission') return resultOfFault(fault);
  const message = `${target}: the grant of the person on file share ${fileShareId} was not revoked: Fast.io refused it (${fault.targetCode ?? fault.status}). Revoke it by hand, or let the account to which targets[${target}].token belongs be an admin there, then retry.`;
  return { kind: 'refused', error: { ...actionErrorOf(fault), message } };
}

function stillShared(target: string, fileShareId: string): ActionResult {
  const message = `${target}: the grant of the person on file share ${fileShareId} was revoked, and is still listed. Leaver looks again soon.`;
  return retryLater('target-unclear', message, 2000);
}
