import type { ErrorCode } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { ActionResult, FollowUp, Outcome } from './target.ts';

/** The action is finished, with what it established. */
export function done(outcome: Outcome, facts: JsonObject, followUps?: readonly FollowUp[]): ActionResult {
  return { kind: 'done', outcome, facts, ...(followUps && { followUps }) };
}

export type Refused = Extract<ActionResult, { readonly kind: 'refused' }>;

/** A person must act; the message says how. */
export function refused(code: ErrorCode, message: string): Refused {
  return { kind: 'refused', error: { code, message } };
}

/** The step that finds the account is not done, so there is nobody to act on. */
export function unresolved(target: string): Refused {
  return refused('internal', `${target}: the account was not resolved, so nothing was done. Retry the case from its first step.`);
}

/** Nothing can be said yet; to be started again after `afterMs`. */
export function retryLater(code: ErrorCode, message: string, afterMs: number): ActionResult {
  return { kind: 'retry-later', error: { code, message }, afterMs };
}
