import type { Clock } from '../../kernel/clock.ts';
import { refused } from '../results.ts';
import type { ActionContext, ActionDefinition, ActionResult, ChooseSuccessor } from '../target.ts';
import type { FlashbackClient } from './client.ts';
import { type Account, accountOf } from './facts.ts';
import type { FlashbackOptions } from './flashback.ts';

/** What one attempt of an action works with. */
export interface Attempt {
  readonly context: ActionContext;
  readonly api: FlashbackClient;
  readonly site: Pick<FlashbackOptions, 'id' | 'fallbackOwnerId' | 'removeFromOrganization'>;
  readonly chooseSuccessor: ChooseSuccessor;
  readonly clock: Clock;
}

/** An action of Flashback: what the plan needs to know of it, and how it is done. */
export interface FlashbackAction extends ActionDefinition {
  run(attempt: Attempt): Promise<ActionResult>;
}

/** Runs only with the account that `resolve-account` found; without one nothing is sent. */
export function forAccount(run: (attempt: Attempt, account: Account) => Promise<ActionResult>): FlashbackAction['run'] {
  return async (attempt) => {
    const account = accountOf(attempt.context);
    if (account) return run(attempt, account);
    const message = `${attempt.site.id}: the account was not resolved, so nothing was done. Retry the case from its first step.`;
    return refused('internal', message);
  };
}
