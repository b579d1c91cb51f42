import type { Check } from '../kernel/check.ts';
import { DOWN, type Fault } from '../outbound/outbound.ts';
import type { ActionError, ActionResult } from './target.ts';

export { type Fault, readFault } from '../outbound/outbound.ts';

/** The fault as a step keeps it. */
export function actionErrorOf(fault: Fault): ActionError {
  const { status, targetCode, message } = fault;
  const code = fault.retryable ? (fault.effect === 'unclear' ? 'target-unclear' : 'target-unavailable') : 'target-refused';
  return { code, message, ...(status !== undefined && { status }), ...(targetCode !== undefined && { targetCode }) };
}

/** The fault as an action's result: to be tried again later, or refused. */
export function resultOfFault(fault: Fault): ActionResult {
  const error = actionErrorOf(fault);
  if (!fault.retryable) return { kind: 'refused', error };
  const patience = fault.retryAfterMs !== undefined && { afterMs: fault.retryAfterMs };
  return { kind: 'retry-later', error, ...patience, ...(DOWN.has(fault.cause) && { targetDown: true }) };
}

/** What a read that was only tried has shown. What may work later is no reason to change anything. */
export function checkOf(what: string, answer: Fault | { readonly kind: 'answer' }, detail: string): Check {
  if (answer.kind === 'answer') return { what, verdict: 'fine', detail };
  return { what, verdict: answer.retryable ? 'unclear' : 'fix', detail: answer.message };
}
