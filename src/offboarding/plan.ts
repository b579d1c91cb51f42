import type { NewId } from '../kernel/ids.ts';
import type { ActionDefinition, FollowUp, Performer, Playbook, Target } from '../targets/target.ts';
import { isOfPlan, type Step } from './case.ts';

/** What a plan needs to know of a target. */
export type Plannable = Pick<Performer, 'id' | 'actions'> & Partial<Pick<Target, 'capabilities'>>;

const TARGET_SPAN = 1_000_000;
const ACTION_SPAN = 10_000;

/**
 * The steps of a playbook, in the order in which they are shown: target by target, and within a target as it lists its actions. Actions whose
 * subjects are not known yet (a transfer for each workspace) come later, through `planFollowUps`.
 */
export function plan(targets: readonly Plannable[], playbook: Playbook, newId: NewId): Step[] {
  return targets.flatMap((target, targetIndex) =>
    target.actions.flatMap((definition, actionIndex) => {
      const wanted = definition.playbooks.includes(playbook) && !definition.perSubject;
      return wanted ? [newStep(target.id, definition, targetIndex * TARGET_SPAN + actionIndex * ACTION_SPAN, null, newId)] : [];
    }),
  );
}

/** Steps that `playbook` has and the case does not: what an upgrade from `contain` to `offboard` adds. */
export function planMissing(targets: readonly Plannable[], playbook: Playbook, steps: readonly Step[], newId: NewId): Step[] {
  const present = new Set(steps.map((step) => `${step.target} ${step.action}`));
  return plan(targets, playbook, newId).filter((step) => !present.has(`${step.target} ${step.action}`));
}

/** A step for each follow-up that the case does not have yet. */
export function planFollowUps(target: Plannable, followUps: readonly FollowUp[], steps: readonly Step[], newId: NewId): Step[] {
  const origin = targetOrigin(target, steps);
  const own = steps.filter((step) => step.target === target.id);
  const present = new Set(own.map((step) => `${step.action} ${step.subject}`));
  const siblings = Map.groupBy(own, (step) => step.action);
  const added: Step[] = [];
  for (const followUp of followUps) {
    const index = target.actions.findIndex(({ action }) => action === followUp.action);
    const definition = target.actions[index];
    if (definition && !present.has(`${followUp.action} ${followUp.subject}`)) {
      present.add(`${followUp.action} ${followUp.subject}`);
      const known = siblings.get(followUp.action) ?? [];
      const step = newStep(target.id, definition, origin + index * ACTION_SPAN + known.length, followUp.subject, newId);
      siblings.set(followUp.action, known);
      known.push(step);
      added.push({ ...step, facts: followUp.facts ?? {} });
    }
  }
  return added;
}

/** A step back for each step whose effect may stand in the target and can be taken back, but for those that the case has already. */
export function planUndo(targets: readonly Plannable[], steps: readonly Step[], newId: NewId): Step[] {
  const present = new Set(steps.map((step) => `${step.target} ${step.action} ${step.subject}`));
  return targets.flatMap((target) =>
    target.actions.flatMap((definition, index) =>
      steps
        .filter((step) => step.target === target.id && step.action === definition.undoes && mayHaveEffect(step))
        .map((step, count) => ({
          ...newStep(target.id, definition, targetOrigin(target, steps) + index * ACTION_SPAN + count, step.subject, newId),
          facts: step.facts,
        }))
        .filter((step) => !present.has(`${step.target} ${step.action} ${step.subject}`)),
    ),
  );
}

/** Whether the target may stand changed by the step: it was tried, and nobody knows that nothing came of it. */
export function mayHaveEffect(step: Step): boolean {
  const nothingDone = step.state === 'done' && (step.outcome === 'already-absent' || step.outcome === 'not-offered');
  return isOfPlan(step) && step.attempts > 0 && step.state !== 'skipped' && !nothingDone;
}

function targetOrigin(target: Plannable, steps: readonly Step[]): number {
  const first = steps.find((step) => step.target === target.id);
  return first ? Math.floor(first.position / TARGET_SPAN) * TARGET_SPAN : 0;
}

function newStep(target: string, definition: ActionDefinition, position: number, subject: string | null, newId: NewId): Step {
  return {
    id: newId(),
    position,
    target,
    phase: definition.phase,
    action: definition.action,
    subject,
    after: definition.after,
    undoes: definition.undoes ?? null,
    state: 'pending',
    outcome: null,
    epoch: 0,
    attempts: 0,
    workerId: null,
    workerAlive: false,
    startedAt: null,
    finishedAt: null,
    scheduleAttempts: 0,
    scheduleStartedAt: null,
    scheduleWaitedMs: 0,
    nextAttemptAt: null,
    error: null,
    facts: {},
  };
}
