import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ActionContext, ActionResult, Performer, Succession } from '../targets/target.ts';
import type { Step } from './case.ts';

export interface Attempt {
  readonly step: Step;
  readonly target: Performer | undefined;
  readonly person: ActionContext['person'];
  /** All steps of the case. */
  readonly steps: readonly Step[];
  readonly leavingAccounts: ReadonlySet<string>;
  /** Absent where nobody can be asked. */
  readonly succession?: Succession | undefined;
  readonly signal: AbortSignal;
  /** Throws when this worker may no longer act. */
  readonly beforeCall: () => void;
  readonly log: Log;
}

/**
 * Carries out one attempt of a step and says what came of it. Whatever the target does becomes a result; it throws only when the
 * attempt was called off, and then nothing may be written for it.
 */
export async function runStep(attempt: Attempt): Promise<ActionResult> {
  const { step, target, person, steps, leavingAccounts, succession, signal, beforeCall, log } = attempt;
  if (!target) {
    return refusedUnknownTarget(step);
  }
  const finished = steps
    .filter((other) => other.target === step.target && other.state === 'done')
    .map(({ action, subject, outcome, facts }) => ({ action, subject, outcome, facts }));
  try {
    const result = await target.perform(step.action, {
      person,
      stepId: step.id,
      subject: step.subject,
      facts: step.facts,
      repeated: step.attempts > 1,
      finished,
      leavingAccounts,
      ...(succession && { succession }),
      signal,
      beforeCall,
    });
    return storable(result);
  } catch (error) {
    signal.throwIfAborted();
    log.error(
      { err: error, step: step.id, target: step.target, action: step.action },
      'a step ended in a way that nobody foresaw; it is tried again',
    );
    const message = `Leaver failed at ${step.action} on ${step.target}: ${messageOf(error)}. It is tried again by itself.`;
    return { kind: 'retry-later', error: { code: 'internal', message } };
  }
}

/**
 * What a target says may hold what PostgreSQL and canonical JSON cannot (a NUL, half of a surrogate pair). A workspace with such a name must not
 * keep its owner from being taken out, so these characters are replaced.
 */
function storable(result: ActionResult): ActionResult {
  const clean = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\u{fffd}') : value;
  return JSON.parse(JSON.stringify(result), clean) as ActionResult;
}

function refusedUnknownTarget(step: Step): ActionResult {
  return {
    kind: 'refused',
    error: {
      code: 'configuration',
      message: `The target ${step.target} is no longer in the configuration, but this case still has ${step.action} to do there. Put it back and retry the case, or see to it by hand.`,
    },
  };
}
