import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { resultOfFault } from '../fault.ts';
import { refused, unresolved } from '../results.ts';
import type { ActionContext, ActionDefinition, ActionResult, ChooseSuccessor, TellSuccessor } from '../target.ts';
import { readOtherCaller } from './caller.ts';
import type { LiveClient } from './client.ts';
import { type Account, accountOf } from './facts.ts';
import type { LiveOptions } from './fastio-live.ts';
import { type Place, placeOf } from './place.ts';

/** What one attempt of an action works with. */
export interface Attempt {
  readonly context: ActionContext;
  readonly api: LiveClient;
  readonly site: Pick<LiveOptions, 'id' | 'orgId' | 'fallbackOwnerId'>;
  readonly chooseSuccessor: ChooseSuccessor;
  readonly tellSuccessor: TellSuccessor | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** An action of the live Fast.io: what the plan needs to know of it, and how it is done. */
export interface LiveAction extends ActionDefinition {
  run(attempt: Attempt): Promise<ActionResult>;
}

/** The account that Leaver itself works with, as Fast.io tells it. */
export interface Own {
  readonly callerId: string;
}

/** Runs only with the account that `resolve-account` found, and never for the one that Leaver itself works with; otherwise nothing is changed. */
export function forAccount(run: (attempt: Attempt, account: Account, own: Own) => Promise<ActionResult>): LiveAction['run'] {
  return async (attempt) => {
    const account = accountOf(attempt.context);
    if (!account) return unresolved(attempt.site.id);
    const caller = await readOtherCaller(attempt, account);
    if (caller.kind === 'fault') return resultOfFault(caller);
    return caller.kind === 'refused' ? caller : run(attempt, account, caller);
  };
}

/** The same, for a step about one place. */
export function atPlace(run: (attempt: Attempt, account: Account, place: Place, own: Own) => Promise<ActionResult>): LiveAction['run'] {
  return forAccount(async (attempt, account, own) => {
    const { subject, facts } = attempt.context;
    const { name } = facts;
    const place = placeOf(subject, typeof name === 'string' ? name : '');
    if (place) return run(attempt, account, place, own);
    return refused('internal', `${attempt.site.id}: it is not known which place is meant, so nothing was done.`);
  });
}
