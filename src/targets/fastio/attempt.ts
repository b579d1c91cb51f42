import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { refused, unresolved } from '../results.ts';
import type { ActionContext, ActionDefinition, ActionResult, ChooseSuccessor, TellSuccessor } from '../target.ts';
import type { FastioClient, FastioSite } from './client.ts';
import { type Account, accountOf } from './facts.ts';
import type { FastioOptions } from './fastio.ts';

/** What one attempt of an action works with. */
export interface Attempt {
  readonly context: ActionContext;
  readonly api: FastioClient;
  readonly site: FastioSite & Pick<FastioOptions, 'fallbackOwnerId' | 'serviceAccountId' | 'storageQuotaBytes'>;
  readonly chooseSuccessor: ChooseSuccessor;
  readonly tellSuccessor: TellSuccessor | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** An action of Fastio: what the plan needs to know of it, and how it is done. */
export interface FastioAction extends ActionDefinition {
  run(attempt: Attempt): Promise<ActionResult>;
}

/**
 * Runs only with the account that `resolve-account` found, and never with Leaver's own, which the operator may have named only since. Without one nothing
 * is sent: an empty id would address somebody else, or everybody.
 */
export function forAccount(run: (attempt: Attempt, account: Account) => Promise<ActionResult>): FastioAction['run'] {
  return async (attempt) => {
    const { id, serviceAccountId } = attempt.site;
    const account = accountOf(attempt.context);
    if (!account) return unresolved(id);
    if (account.userId !== serviceAccountId) return run(attempt, account);
    const advice = `Give Leaver a token of another account there, change targets[${id}].serviceAccountId, then retry.`;
    return refused('conflict', `${id}: ${account.userId} is the account that Leaver itself works with, so it was not touched. ${advice}`);
  };
}
