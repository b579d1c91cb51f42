import type { Playbook } from '../targets/target.ts';
import { isConfirmation, isFinal, isOfPlan, isOver, type Step, type Undo } from './case.ts';
import { anew, type Draft, describe } from './draft.ts';
import { HARD_TO_REVERSE } from './go-out.ts';
import { mayHaveEffect, planUndo } from './plan.ts';

interface Asked {
  readonly by: string;
  readonly reason: string;
}

/**
 * Takes a case back before anything that is hard to reverse was tried. Each of these answers why it was refused, null when it was not; asked once more
 * while the way back needs attention, each gives up what cannot be taken back.
 */
export function cancel(draft: Draft, asked: Asked): string | null {
  const begun = tried(draft).find(({ phase }) => HARD_TO_REVERSE.has(phase));
  if (isOnItsWay(draft) && begun) {
    return `${begun.action} on ${begun.target} has begun; a case can be cancelled only before that. Reverse it instead`;
  }
  return refusal(draft) ?? takeBack(draft, 'cancel', asked);
}

/** Takes a case back after that, and before the person was removed. */
export function reverse(draft: Draft, asked: Asked): string | null {
  const removal = tried(draft).find((step) => step.phase === 'remove' && (step.state === 'running' || step.state === 'done'));
  if (removal?.state === 'done' && draft.case.undo === null) {
    return `the person was removed from ${removal.target}: invite them there again first, then give back by hand what the evidence lists`;
  }
  if (removal?.state === 'running') {
    return `the removal from ${removal.target} is under way; ask again when it has ended`;
  }
  if (isOnItsWay(draft) && !tried(draft).some(({ phase }) => HARD_TO_REVERSE.has(phase))) {
    return 'nothing was handed over yet; cancel the case instead';
  }
  return refusal(draft) ?? takeBack(draft, 'reverse', asked);
}

function isOnItsWay({ case: { state, undo } }: Draft): boolean {
  return !isFinal(state) && undo === null;
}

/** What may have changed something. A step that only states what a target does not offer begins nothing. */
function tried(draft: Draft): Step[] {
  return [...draft.steps.values()].filter((step) => isOfPlan(step) && step.attempts > 0 && step.outcome !== 'not-offered');
}

function refusal({ case: { state, undo }, steps, around }: Draft): string | null {
  if (isFinal(state)) {
    return `the case is ${state}, and what is over stays as it is; change the account in the target itself`;
  }
  if (undo !== null && state !== 'attention') {
    return `the case is being taken back already (${undo})`;
  }
  const known = new Set([...around.targets, ...around.confirmers].map(({ id }) => id));
  const orphan = [...steps.values()].find((step) => mayHaveEffect(step) && !known.has(step.target));
  return orphan ? `the target ${orphan.target} is no longer in the configuration; put it back first` : null;
}

/** A hold is answered by this. Steps back that an earlier change of mind has left are done once more. */
function takeBack(draft: Draft, undo: Undo, { by, reason }: Asked): null {
  if (draft.case.undo !== null) {
    return giveUp(draft, { by, reason });
  }
  const before = [...draft.steps.values()];
  const again = before.filter((step) => !isOfPlan(step) && step.state !== 'running').map(anew);
  const added = planUndo(draft.around.targets, before, draft.around.newId);
  for (const step of [...again, ...added]) {
    draft.put(step);
  }
  draft.case = { ...draft.case, undo, undoneAt: draft.around.now, hold: null, startsAt: null };
  draft.record('case.undone', { by, reason, undo, again: again.map(({ id }) => id), steps: added.map(planned) });
  return null;
}

/** What has failed on the way back stays as it is in the target. */
function giveUp(draft: Draft, { by, reason }: Asked): null {
  draft.record('case.undone', { by, reason, undo: draft.case.undo, again: [], steps: [] });
  for (const step of draft.present().filter(({ state }) => state === 'failed')) {
    draft.put({ ...step, state: 'skipped', facts: { ...step.facts, note: step.error?.message ?? `${step.action} was given up` } });
    draft.record('step.skipped', { ...describe(step), reason: `given up by ${by}`, by });
  }
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
  const notes = [...draft.steps.values()].flatMap(({ undoes, state, facts }) =>
    undoes !== null && state === 'skipped' && typeof facts['note'] === 'string' ? [facts['note']] : [],
  );
  const all = [...lasting, ...notes];
  return all.length === 0 ? null : `what could not be taken back: ${all.join('; ')}`;
}

/** Also where nobody knows what came of the last attempt. */
function mayStay(step: Step): boolean {
  return mayHaveEffect(step) || (step.state === 'skipped' && step.error?.code === 'target-unclear');
}

/**
 * The person leaves after all, while the case was being taken back: the way out is gone once more, as far as the playbook goes, each step looking first
 * at what stands, and the account being looked for anew. What of the way back runs in a target ends there before. Gives the ids of the steps.
 */
export function turnAround(draft: Draft, playbook: Playbook): string[] {
  draft.case = { ...draft.case, undo: null, containedAt: null };
  return startAnew(draft, wantedBy(draft, playbook));
}

/** What the greater playbook has besides, and was left out or taken back while the smaller one counted, is done once more. Gives the ids of the steps. */
export function revive(draft: Draft, before: Playbook, playbook: Playbook): string[] {
  const had = wantedBy(draft, before);
  const besides = new Set([...wantedBy(draft, playbook)].filter((action) => !had.has(action)));
  return draft.case.undoneAt === null ? [] : startAnew(draft, besides);
}

function wantedBy(draft: Draft, playbook: Playbook): ReadonlySet<string> {
  return new Set(
    draft
      .plannable()
      .flatMap(({ id, actions }) => actions.filter((one) => one.playbooks.includes(playbook)).map(({ action }) => `${id} ${action}`)),
  );
}

function startAnew(draft: Draft, wanted: ReadonlySet<string>): string[] {
  const again = [...draft.steps.values()].filter(
    (step) => isOfPlan(step) && (isOver(step) || step.state === 'failed') && wanted.has(`${step.target} ${step.action}`),
  );
  for (const step of again) {
    draft.put({ ...anew(step), facts: isConfirmation(step) ? {} : step.facts });
  }
  return again.map(({ id }) => id);
}
