import { type Cause, DOWN, VERDICTS } from './classify.ts';
import type { ActionError, ActionResult } from './target.ts';

/** A call that did not bring what it was made for. */
export interface Fault {
  readonly kind: 'fault';
  readonly cause: Cause;
  /** `none`: the target did not act on the call. `unclear`: it may have, and the outcome must be looked up. */
  readonly effect: 'none' | 'unclear';
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** How long the target asked to be left alone. */
  readonly retryAfterMs?: number;
  readonly status?: number;
  readonly targetCode?: string;
  /** For people: which target, which call, what came back, what Leaver did, what to do. Without tokens and bodies. */
  readonly message: string;
}

/** What is known about a call that failed. */
export interface Failed {
  readonly cause: Cause;
  /** What came back, as the end of a sentence that begins with the call. */
  readonly cameBack: string;
  readonly status?: number;
  readonly targetCode?: string;
  readonly retryAfterMs?: number;
}

/** The call that failed, as the message names it. */
export interface FailedCall {
  readonly target: string;
  /** Method and path, without the query. */
  readonly call: string;
  readonly changes: boolean;
  /** The setting that holds the credential. */
  readonly credential: string;
}

const ADVICE: Partial<Record<Cause, string>> = {
  invalid: 'Report this: Leaver and the target do not agree on how to talk to each other.',
  credential: 'The token in {credential} is not accepted: put a valid one there, then retry.',
  permission: 'The token in {credential} may not do this: give it the missing scope, then retry.',
  absent: 'What was asked for is not there, or the base URL or the organization in the configuration is wrong: check both, then retry.',
  'not-offered': 'Check that the base URL in the configuration belongs to a version of the target that has this call.',
  redirected: 'Redirects are not followed, so that the token stays with the target: check the base URL in the configuration.',
  unexpected: 'Check that the base URL in the configuration leads to the target itself.',
  certificate: 'The certificate of the target was not accepted: check it and the base URL in the configuration.',
  oversize: 'Check that the base URL in the configuration leads to the target itself.',
  misshapen: 'Check that the base URL in the configuration leads to a version of the target that Leaver knows, then retry.',
  'own-mistake': 'Check that the token in {credential} and the base URL hold no stray characters such as line breaks.',
};

/**
 * Makes the fault of a call that was tried `tries` times. `unclearBefore` says that an earlier try may have taken effect: then a later
 * refusal proves nothing about it.
 */
export function faultOf(call: FailedCall, failed: Failed, tries: number, unclearBefore: boolean): Fault {
  const { cause, cameBack, ...seen } = failed;
  const verdict = VERDICTS[cause];
  const unclear = call.changes && (unclearBefore || verdict.effect === 'unclear');
  const retryable = verdict.retry !== 'never';
  const message = [
    `${call.target}: ${call.call} ${cameBack}.`,
    whatWasDone(tries, unclear, retryable),
    ADVICE[cause]?.replace('{credential}', call.credential),
  ];
  return { kind: 'fault', cause, effect: unclear ? 'unclear' : 'none', retryable, ...seen, message: message.filter(Boolean).join(' ') };
}

function whatWasDone(tries: number, unclear: boolean, retryable: boolean): string {
  const asked = `Leaver asked ${tries === 1 ? 'once' : `${tries} times`}`;
  const known = unclear ? '; whether it took effect is not known' : '';
  return `${asked}${known}, and ${retryable ? 'tries again later' : 'does not try again by itself'}.`;
}

/** A read that came to nothing usable, and may come to something later. */
export function readFault(cause: Cause, message: string): Fault {
  return { kind: 'fault', cause, effect: 'none', retryable: true, message };
}

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
