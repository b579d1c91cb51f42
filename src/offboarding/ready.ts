import type { Phase } from '../targets/target.ts';
import { isOver, type Step } from './case.ts';
import type { Policy } from './policy.ts';

/** Containment has capacity of its own, so that it never queues behind slow work. */
export type Lane = 'contain' | 'bulk';

export const CONTAINMENT: ReadonlySet<Phase> = new Set(['resolve', 'contain']);

export function laneOf(step: Pick<Step, 'phase'>): Lane {
  return CONTAINMENT.has(step.phase) ? 'contain' : 'bulk';
}

/** What has something open in one target. */
export interface OpenWork {
  readonly actions: Set<string>;
  readonly phases: Set<Phase>;
}

/** Gathered once for all steps of a case: somebody may own thousands of workspaces, each with a step of its own. */
export function openWork(steps: readonly Step[]): ReadonlyMap<string, OpenWork> {
  const open = new Map<string, OpenWork>();
  for (const { target, action, phase } of steps.filter((step) => !isOver(step))) {
    const work = open.get(target) ?? { actions: new Set(), phases: new Set() };
    work.actions.add(action);
    work.phases.add(phase);
    open.set(target, work);
  }
  return open;
}

export function isAnyOpen(work: OpenWork | undefined, phases: ReadonlySet<Phase>): boolean {
  return work !== undefined && [...work.phases].some((phase) => phases.has(phase));
}

/** Whether the step waits for nothing but its own time, and that has come. */
export function isDue(step: Step, now: Date): boolean {
  return step.state === 'pending' && (step.nextAttemptAt === null || step.nextAttemptAt <= now);
}

/** Whether everything in its target that the step comes after is over. */
export function isItsTurn({ target, after }: Step, open: ReadonlyMap<string, OpenWork>): boolean {
  return !after.some((action) => open.get(target)?.actions.has(action));
}

/** Targets in which one of these steps runs. */
export function busyTargets(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.filter(({ state }) => state === 'running').map(({ target }) => target));
}

/** The steps that may start together, containment first, with no more transfers of one target side by side than the policy allows. */
export function inOrder(ready: readonly Step[], steps: readonly Step[], policy: Policy): Step[] {
  const transferring = new Map<string, number>();
  for (const step of steps.filter(({ phase, state }) => phase === 'transfer' && state === 'running')) {
    transferring.set(step.target, (transferring.get(step.target) ?? 0) + 1);
  }
  return [...ready].sort(containmentFirst).filter((step) => {
    const running = transferring.get(step.target) ?? 0;
    transferring.set(step.target, running + (step.phase === 'transfer' ? 1 : 0));
    return step.phase !== 'transfer' || running < policy.transfersAtOnce;
  });
}

function containmentFirst(a: Step, b: Step): number {
  return Number(laneOf(a) === 'bulk') - Number(laneOf(b) === 'bulk') || a.position - b.position;
}
