import type { NewEntry } from '../ledger/ledger.ts';
import { applyResult, release, takeOver } from './apply-result.ts';
import type { Snapshot, Step } from './case.ts';
import type { CaseEvent } from './case-event.ts';
import type { Lane } from './decide.ts';
import { depart, makePlan } from './depart.ts';
import { Draft, isUnplanned, type Surroundings } from './draft.ts';
import { approve, hold, retry } from './instruct.ts';
import { cancel, reverse } from './second-thoughts.ts';
import { settle } from './settle.ts';

export type { CaseEvent } from './case-event.ts';
export type { Capacity, Outages, Surroundings } from './draft.ts';

export interface Transition {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Steps that are new or differ from before. */
  readonly touched: readonly Step[];
  /** Steps that the asking worker now has to run. */
  readonly claimed: readonly Step[];
  readonly entries: readonly NewEntry[];
  /** Lanes in which some worker must look at the case at once. */
  readonly wake: ReadonlySet<Lane>;
  /** The event came too late, or the state forbids it: nothing was changed by it. */
  readonly refused: string | null;
}

/**
 * The whole effect of one event on a case: the new state, what is to be recorded and who is to be woken. Pure but for `newId` and `random`, which
 * are handed in. A result whose epoch is not the step's present one changes nothing.
 */
export function transition(before: Snapshot, event: CaseEvent, around: Surroundings): Transition {
  const draft = new Draft(before, event, around);
  const refused = apply(draft, event);
  if (refused !== null) {
    return { before, after: before, touched: [], claimed: [], entries: [], wake: new Set(), refused };
  }
  return settle(draft);
}

/** Applies the event; the answer says why it was refused, null when it was not. */
function apply(draft: Draft, event: CaseEvent): string | null {
  switch (event.type) {
    case 'wake':
      planOnce(draft);
      return null;
    case 'result':
      return applyResult(draft, event);
    case 'released':
      return release(draft, event);
    case 'retry':
      return retry(draft, event);
    case 'approve':
      return approve(draft, event);
    case 'hold':
      return hold(draft, event);
    case 'cancel':
      return cancel(draft, event);
    case 'reverse':
      return reverse(draft, event);
    case 'depart':
      return depart(draft, event);
  }
}

function planOnce(draft: Draft): void {
  if (isUnplanned(draft)) {
    makePlan(draft);
  }
  for (const step of [...draft.steps.values()].filter(({ state, workerAlive }) => state === 'running' && !workerAlive)) {
    takeOver(draft, step);
  }
}
