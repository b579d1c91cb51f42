import { actionErrorOf, type Fault, resultOfFault } from '../fault.ts';
import type { ActionResult } from '../target.ts';
import { NO_PLAN } from './error-codes.ts';
import { called, type Place } from './place.ts';

export interface Refusal {
  readonly target: string;
  readonly place: Place;
  /** What did not happen, as the beginning of a sentence. */
  readonly what: string;
  /** What a person should do who may do more than Leaver. */
  readonly ifDenied: string;
}

/** A change that came to nothing. Where Leaver's account may not make it, the message says who has to do what. */
export function explained({ target, place, what, ifDenied }: Refusal, fault: Fault): ActionResult {
  if (fault.cause !== 'permission') return resultOfFault(fault);
  const message = `${target}: ${what} in ${called(place)}: Fast.io refused it (${fault.targetCode ?? fault.status}). ${ifDenied}`;
  return { kind: 'refused', error: { ...actionErrorOf(fault), message } };
}

/** The result with what to do about it, where the organization has no plan that allows the call. */
export function withPlanAdvice(result: ActionResult): ActionResult {
  if (result.kind !== 'refused') return result;
  const { targetCode, status, message } = result.error;
  const isUnpaid = status === 402 || NO_PLAN.has(targetCode ?? '');
  const advice = `${message} The organization has no plan that allows it: see to its plan in Fast.io, then retry.`;
  return isUnpaid ? { ...result, error: { ...result.error, message: advice } } : result;
}
