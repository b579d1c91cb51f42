import { resultOfFault } from '../../fault.ts';
import { finishedStep } from '../../finished.ts';
import { poll } from '../../poll.ts';
import { done, retryLater } from '../../results.ts';
import type { ActionContext, ActionResult } from '../../target.ts';
import { type Attempt, type FastioAction, forAccount } from '../attempt.ts';
import { deletionsOf } from '../deletions.ts';
import { type Account, inventoryOf } from '../facts.ts';
import type { AuditEvent } from '../schemas.ts';

/** Finds the target's own record of the deletion, which may appear seconds later. An event from before this case does not count. */
export const verifyAudit: FastioAction = {
  action: 'verify-audit',
  phase: 'verify',
  after: ['remove-member'],
  playbooks: ['offboard'],
  observed: 'it only reads: the audit log',
  run: forAccount(async (attempt, account) => {
    const { clock, context } = attempt;
    const excluded = eventsFromBefore(context);
    const patience = { clock, signal: context.signal, firstPauseMs: 150, maxPauseMs: 2400, withinMs: 15_000 };
    const found = await poll(() => look(attempt, account, excluded), patience);
    return found ?? notYet(attempt, account);
  }),
};

/** When somebody else had removed the account already, their event is the one to find. */
function eventsFromBefore(context: ActionContext): ReadonlySet<string> {
  const removedByOthers = finishedStep(context, 'remove-member')?.outcome === 'already-absent';
  return new Set(removedByOthers ? [] : inventoryOf(context).priorDeletions);
}

async function look(attempt: Attempt, account: Account, excluded: ReadonlySet<string>): Promise<ActionResult | undefined> {
  const deletions = await deletionsOf(attempt, account);
  if (deletions.kind === 'fault') return resultOfFault(deletions);
  const event = deletions.items.find(({ id }) => !excluded.has(id));
  return event && done('verified', factsOf(event));
}

function factsOf({ id, created_at, actor_id }: AuditEvent) {
  return { eventId: id, createdAt: created_at ?? null, actorId: actor_id ?? null };
}

function notYet({ site }: Attempt, { userId }: Account): ActionResult {
  const message = `${site.id}: the audit log does not show the deletion of ${userId} yet. Leaver looks again soon; if it never appears, check the account there.`;
  return retryLater('target-unclear', message, 5000);
}
