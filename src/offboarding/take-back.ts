import { type CaseState, isOfPlan, isOver, type Snapshot, type Undo } from './case.ts';
import type { Conditions, Decision } from './decide.ts';
import { busyTargets, inOrder, isDue, isItsTurn, openWork } from './ready.ts';
import { earliest, momentsOf, standingOf } from './standing.ts';

const ENDS_AS: Readonly<Record<Undo, CaseState>> = { cancel: 'cancelled', reverse: 'reversed' };

/**
 * The way back: nothing of the plan starts any more; what of it still runs in a target ends first, so that a lock-out under way never comes after its
 * own undoing. Then the steps back start, each target for itself, and the case is over when all of them are.
 */
export function takeBack({ case: subject, steps: all }: Snapshot, undo: Undo, conditions: Conditions): Decision {
  const plan = all.filter(isOfPlan);
  const back = all.filter((step) => !isOfPlan(step));
  const busy = busyTargets(plan);
  const open = openWork(back);
  const ready = back.filter(
    (step) => isDue(step, conditions.now) && !conditions.outages.has(step.target) && !busy.has(step.target) && isItsTurn(step, open),
  );
  const start = inOrder(ready, back, conditions.policy);
  const isBack = busy.size === 0 && back.every(isOver);
  return {
    start,
    skip: plan.filter(({ state }) => state === 'pending').map((step) => ({ step, reason: `the case is taken back (${undo})` })),
    ...(isBack
      ? { state: ENDS_AS[undo], reason: null }
      : standingOf([...plan.filter(({ state }) => state === 'running'), ...back], start, conditions)),
    containedAt: subject.containedAt,
    lookAgainAt: earliest(back.flatMap((step) => momentsOf(step, conditions))),
  };
}
