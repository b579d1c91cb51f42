import type { JsonObject } from '../../../kernel/json.ts';
import { type Fault, resultOfFault } from '../../fault.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import type { Account } from '../facts.ts';
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
    const found = await readWebhooks(attempt, account);
    if (found.kind === 'fault') return resultOfFault(found);
    const { own } = found;
    if (own.length === 0) return done(attempt.context.repeated ? 'verified' : 'already-absent', factsOf([], found.unclear));
    const fault = await deleteEach(attempt, own);
    return fault ? resultOfFault(fault) : confirmed(attempt, account, found);
  }),
};

interface Webhooks {
  readonly kind: 'webhooks';
  readonly own: readonly Webhook[];
  /** Of nobody, though an app sends to them of which the leaver has others: who looks after them, no list tells. */
  readonly unclear: readonly Webhook[];
}

async function readWebhooks({ api }: Attempt, { userId }: Account): Promise<Webhooks | Fault> {
  const list = await api.webhooks();
  if (list.kind === 'fault') return list;
  const own = list.items.filter((webhook) => webhook.user_id === userId);
  const apps = new Set(own.flatMap(({ app_id }) => app_id ?? []));
  const unclear = list.items.filter(({ user_id, app_id }) => user_id === null && app_id && apps.has(app_id));
  return { kind: 'webhooks', own, unclear };
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

async function confirmed(attempt: Attempt, account: Account, { own, unclear }: Webhooks): Promise<ActionResult> {
  const left = await readWebhooks(attempt, account);
  if (left.kind === 'fault') return resultOfFault(left);
  if (left.own.length === 0) return done('verified', factsOf(own, unclear));
  const ids = left.own.map(({ id }) => id).join(', ');
  const message = `${attempt.site.id}: the webhooks ${ids} of ${account.userId} are still listed after they were deleted. Leaver deletes them again later.`;
  return retryLater('target-unavailable', message, 2000);
}

function factsOf(deleted: readonly Webhook[], unclear: readonly Webhook[]): JsonObject {
  if (unclear.length === 0) return { webhooks: deleted.map(shown) };
  const residual = 'Webhooks of no person were left alone, though the person had others of the same apps: delete those that nobody needs.';
  return { webhooks: deleted.map(shown), unclear: unclear.map(shown), residual };
}

/** The address's host only: path and query of a webhook are often its secret. */
function shown({ id, app_id, url }: Webhook) {
  return { id, appId: app_id ?? null, host: url && URL.canParse(url) ? new URL(url).host : null };
}
