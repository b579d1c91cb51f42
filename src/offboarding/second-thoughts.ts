import { type Case, isConfirmation, isFinal, isOfPlan, type Step, type Undo } from './case.ts';
import { anew, type Draft } from './draft.ts';
import { HARD_TO_REVERSE } from './go-out.ts';
import { mayHaveEffect, planUndo } from './plan.ts';

interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** Takes a case back before anything was handed over. Each of these answers why it was refused, null when it was not. */
export function cancel(draft: Draft, asked: Asked): string | null {
  const begun = tried(draft).find(({ phase }) => HARD_TO_REVERSE.has(phase));
  if (!isFinal(draft.case.state) && begun) {
    return `${begun.action} on ${begun.target} has begun; a case can be cancelled only before that. Reverse it instead`;
  }
  return refusal(draft) ?? takeBack(draft, 'cancel', asked);
}

/** Takes a case back after something that is hard to reverse has begun, and before the person was removed. */
export function reverse(draft: Draft, asked: Asked): string | null {
  const removal = tried(draft).find((step) => step.phase === 'remove' && (step.state === 'running' || step.state === 'done'));
  if (removal?.state === 'done') {
    return `the person was removed from ${removal.target}: invite them there again first, then give back by hand what the evidence lists`;
  }
  if (removal) {
    return `the removal from ${removal.target} is under way; ask again when it has ended`;
  }
  if (!isFinal(draft.case.state) && !tried(draft).some(({ phase }) => HARD_TO_REVERSE.has(phase))) {
    return 'nothing was handed over yet; cancel the case instead';
  }
  return refusal(draft) ?? takeBack(draft, 'reverse', asked);
}

function tried(draft: Draft): Step[] {
  return [...draft.steps.values()].filter((step) => isOfPlan(step) && step.attempts > 0);
}

function refusal({ case: { state, undo }, steps, around }: Draft): string | null {
  if (isFinal(state)) {
    return `the case is ${state}, and what is over stays as it is; change the account in the target itself`;
  }
  if (undo !== null) {
    return `the case is being taken back already (${undo})`;
  }
  const known = new Set([...around.targets, ...around.confirmers].map(({ id }) => id));
  const orphan = [...steps.values()].find((step) => mayHaveEffect(step) && !known.has(step.target));
  return orphan ? `the target ${orphan.target} is no longer in the configuration; put it back first` : null;
}

/** Steps back that an earlier change of mind has left are done once more; a hold is answered by this. */
function takeBack(draft: Draft, undo: Undo, { by, reason }: Asked): null {
  const before = [...draft.steps.values()];
  const again = before.filter((step) => !isOfPlan(step) && step.state !== 'running').map(anew);
  const added = planUndo(draft.around.targets, before, draft.around.newId);
  for (const step of [...again, ...added]) {
    draft.put(step);
  }
  draft.case = { ...draft.case, undo, hold: null, startsAt: null };
  draft.record('case.undone', { by, reason, undo, again: again.map(({ id }) => id), steps: added.map(planned) });
  return null;
}

/** Steps as the record lists them. */
export function planned({ id, target, phase, action, subject }: Step) {
  return { step: id, target, phase, action, subject };
}

/** What stays changed in the targets when a case was taken back, for people; null when nothing does. */
export function whatStays(draft: Draft): string | null {
  const lasting = draft.around.targets.flatMap(({ id, actions }) =>
    actions.flatMap(({ action, lasting: sentence }) =>
      sentence && tried(draft).some((step) => step.target === id && step.action === action && mayStay(step)) ? [`${id}: ${sentence}`] : [],
    ),
  );
  return lasting.length === 0 ? null : `what could not be taken back: ${lasting.join('; ')}`;
}

/** Also where nobody knows what came of the last attempt. */
function mayStay(step: Step): boolean {
  return mayHaveEffect(step) || (step.state === 'skipped' && step.error?.code === 'target-unclear');
}

/**
 * The person leaves after all, while the case was being taken back: the way out is gone once more from the lock-out on, each step looking first at
 * what stands. What of the way back runs in a target ends there before.
 */
export function turnAround(draft: Draft, by: string, changes: Pick<Case, 'playbook' | 'startsAt' | 'handOverAt' | 'confirmBy'>): null {
  const again = [...draft.steps.values()].filter(
    (step) => isOfPlan(step) && step.phase !== 'resolve' && step.state !== 'running' && step.state !== 'pending',
  );
  for (const step of again) {
    draft.put({ ...anew(step), facts: isConfirmation(step) ? {} : step.facts });
  }
  draft.case = { ...draft.case, ...changes, undo: null, containedAt: null };
  draft.record('case.resumed', { by, playbook: changes.playbook, steps: again.map(({ id }) => id) });
  return null;
}
