import { isFinal, questionOf } from './case.ts';
import { anew, type Draft, describe } from './draft.ts';

interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** Tries again what has failed and what waits, on the way that the case goes at present. Each of these answers why it was refused, null when it was not. */
export function retry(draft: Draft, { by, reason }: Asked): string | null {
  const { state, undo } = draft.case;
  if (state !== 'attention' && state !== 'waiting') {
    return `the case is ${state}; only a case that needs attention or waits can be retried`;
  }
  const steps = draft.present();
  const failed = steps.filter((step) => step.state === 'failed' || (step.state === 'pending' && step.nextAttemptAt !== null));
  // Without any failed step the case stands still because nobody was found: then the search begins again.
  const nobodyFound = undo === null && steps.every(({ phase, outcome }) => phase !== 'resolve' || outcome === 'already-absent');
  const again =
    failed.length === 0 && state === 'attention' && nobodyFound
      ? steps.filter((step) => step.phase === 'resolve' || step.state === 'skipped')
      : failed;
  for (const step of again) {
    draft.put(anew(step));
  }
  draft.record('case.retried', { by, reason, steps: again.map(({ id }) => id) });
  return null;
}

export function approve(draft: Draft, { by, reason }: Asked): string | null {
  if (draft.case.state !== 'held') {
    return `the case is ${draft.case.state}; only a held case can be approved`;
  }
  draft.record('case.approved', { by, reason });
  for (const step of draft.present().filter((one) => questionOf(one) !== null)) {
    draft.put({ ...step, state: 'skipped', finishedAt: draft.around.now, facts: {} });
    draft.record('step.skipped', { ...describe(step), reason: `approved by ${by}`, by });
  }
  draft.case = { ...draft.case, hold: null };
  return null;
}

/** A case that is taken back is not held: what speaks against the departure speaks for that. */
export function hold(draft: Draft, { by, reason }: Asked): string | null {
  const { state, undo } = draft.case;
  if (isFinal(state) || undo !== null) {
    return undo === null ? `the case is ${state}` : 'the case is being taken back already';
  }
  draft.record('case.held', { by, reason });
  const { hold: before } = draft.case;
  // Whoever approves sees everything that speaks against it.
  const isTold = before === null || before.includes(reason);
  draft.case = { ...draft.case, hold: isTold ? (before ?? reason) : `${before}; also: ${reason}` };
  return null;
}
