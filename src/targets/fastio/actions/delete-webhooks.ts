import { type Fault, resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
import type { Listed } from '../paging.ts';
import type { Webhook } from '../schemas.ts';

/** Deletes the leaver's webhooks and nobody else's. Done when a fresh list shows none of them. */
export const deleteWebhooks: FastioAction = {
  action: 'delete-webhooks',
  phase: 'cleanup',
  after: ['suspend'],
  playbooks: ['offboard'],
  observed: 'the list of webhooks: only what is left is deleted',
  lasting: 'webhooks that were deleted stay deleted: the evidence lists them',
  run: forAccount(async (attempt, account) => {
    const own = await ownWebhooks(attempt, account);
    if (own.kind === 'fault') return resultOfFault(own);
    if (own.items.length === 0) return done(attempt.context.repeated ? 'verified' : 'already-absent', { webhooks: [] });
    const fault = await deleteEach(attempt, own.items);
    return fault ? resultOfFault(fault) : confirmed(attempt, account, own.items);
  }),
};

async function ownWebhooks({ api }: Attempt, { userId }: Account): Promise<Listed<Webhook> | Fault> {
  const list = await api.webhooks();
  return list.kind === 'fault' ? list : { kind: 'list', items: list.items.filter((webhook) => webhook.user_id === userId) };
}

/** The first fault, if any. A refusal concerns one webhook only, so the others are still deleted; a target that is down ends it. */
async function deleteEach({ api }: Attempt, webhooks: readonly Webhook[]): Promise<Fault | undefined> {
  let first: Fault | undefined;
  for (const { id } of webhooks) {
    const answer = await api.deleteWebhook(id);
    if (answer.kind === 'answer') continue;
    if (answer.retryable) return answer;
    first ??= answer;
  }
  return first;
}

async function confirmed(attempt: Attempt, account: Account, deleted: readonly Webhook[]): Promise<ActionResult> {
  const left = await ownWebhooks(attempt, account);
  if (left.kind === 'fault') return resultOfFault(left);
  if (left.items.length === 0) return done('verified', { webhooks: deleted.map(factsOf) });
  const ids = left.items.map(({ id }) => id).join(', ');
  const message = `${attempt.site.id}: the webhooks ${ids} of ${account.userId} are still listed after they were deleted. Leaver deletes them again later.`;
  return retryLater('target-unavailable', message, 2000);
}

/** The address's host only: path and query of a webhook are often its secret. */
function factsOf({ id, app_id, url }: Webhook) {
  return { id, appId: app_id ?? null, host: url && URL.canParse(url) ? new URL(url).host : null };
}
