import type { Playbook } from '../targets/target.ts';
import { isFinal, type Step } from './case.ts';
import { anew, type Draft } from './draft.ts';
import { planMissing } from './plan.ts';

export function retry(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (draft.case.state !== 'attention' && draft.case.state !== 'waiting') {
    return `the case is ${draft.case.state}; only a case that needs attention or waits can be retried`;
  }
  const failed = [...draft.steps.values()].filter(
    (step) => step.state === 'failed' || (step.state === 'pending' && step.nextAttemptAt !== null),
  );
  // Without any failed step the case stands still because nobody was found: then the search begins again.
  const again =
    failed.length > 0 || draft.case.state === 'waiting'
      ? failed
      : [...draft.steps.values()].filter((step) => step.phase === 'resolve' || step.state === 'skipped');
  for (const step of again) {
    draft.put(anew(step));
  }
  draft.record('case.retried', { by, reason, steps: again.map(({ id }) => id) });
  return null;
}

export function approve(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (draft.case.state !== 'held') {
    return `the case is ${draft.case.state}; only a held case can be approved`;
  }
  draft.record('case.approved', { by, reason });
  draft.case = { ...draft.case, hold: null };
  return null;
}

export function hold(draft: Draft, { by, reason }: { by: string; reason: string }): string | null {
  if (isFinal(draft.case.state)) {
    return `the case is ${draft.case.state}`;
  }
  draft.record('case.held', { by, reason });
  draft.case = { ...draft.case, hold: reason };
  return null;
}

export function upgrade(draft: Draft, { by, playbook }: { by: string; playbook: Playbook }): string | null {
  if (isFinal(draft.case.state) || draft.case.playbook === 'offboard' || playbook === 'contain') {
    return `the case is ${draft.case.state} with the playbook ${draft.case.playbook}`;
  }
  draft.record('case.upgraded', { by, from: draft.case.playbook, to: playbook });
  draft.case = { ...draft.case, playbook };
  if (draft.steps.size > 0) {
    addToPlan(draft, planMissing(draft.around.targets, playbook, draft.snapshot().steps, draft.around.newId));
  }
  return null;
}

export function addToPlan(draft: Draft, steps: readonly Step[]): void {
  for (const step of steps) {
    draft.put(step);
  }
  draft.record('plan.made', {
    playbook: draft.case.playbook,
    steps: steps.map((step) => ({ step: step.id, target: step.target, phase: step.phase, action: step.action })),
  });
}
