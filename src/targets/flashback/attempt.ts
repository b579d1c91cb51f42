import type { Clock } from '../../kernel/clock.ts';
import { resultOfFault } from '../fault.ts';
import { refused, unresolved } from '../results.ts';
import type { ActionContext, ActionDefinition, ActionResult, ChooseSuccessor } from '../target.ts';
import { readOtherCaller } from './caller.ts';
import type { FlashbackClient } from './client.ts';
import { type Account, accountOf, type Membership, plannedMembership } from './facts.ts';
import type { FlashbackOptions } from './flashback.ts';
import type { Profile } from './schemas.ts';

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
    return account ? run(attempt, account) : unresolved(attempt.site.id);
  };
}

/** The same, for a step about one workspace, and never for the account that Leaver itself works with, which is the `profile`. */
export function atWorkspace(
  run: (attempt: Attempt, account: Account, workspace: Membership, profile: Profile) => Promise<ActionResult>,
): FlashbackAction['run'] {
  return forAccount(async (attempt, account) => {
    const workspace = plannedMembership(attempt.context);
    if (!workspace) return refused('internal', `${attempt.site.id}: it is not known which workspace is meant, so nothing was done.`);
    const caller = await readOtherCaller(attempt, account);
    if (caller.kind === 'fault') return resultOfFault(caller);
    return caller.kind === 'refused' ? caller : run(attempt, account, workspace, caller.profile);
  });
}
