import type { CaseState } from './case.ts';
import { isFinal, type Snapshot, type Step } from './case.ts';
import type { Outages } from './draft.ts';
import { goOut } from './go-out.ts';
import type { Policy } from './policy.ts';
import { takeBack } from './take-back.ts';

export { type Lane, laneOf } from './ready.ts';

export interface Decision {
  /** Steps that may start at this moment, containment first. */
  readonly start: readonly Step[];
  /** Steps that have become pointless, with the reason. */
  readonly skip: readonly { readonly step: Step; readonly reason: string }[];
  readonly state: CaseState;
  /** Why the case is in this state, for people; null when the steps say it all. */
  readonly reason: string | null;
  /** When the last step of containment ended, once all of them have. */
  readonly containedAt: Date | null;
  /** When to decide again although nothing happened. */
  readonly lookAgainAt: Date | null;
}

/** What decides besides the case itself. */
export interface Conditions {
  readonly policy: Policy;
  readonly now: Date;
  readonly outages: Outages;
}

/**
 * What happens next in a case. Pure: the same case under the same conditions always gives the same answer.
 *
 * A case that is over stays as it is. One that is held, or whose beginning lies ahead, starts nothing. Every other goes the way out, or the way back
 * once it was cancelled or reversed; on both, a target that does not answer is left alone until it does, and delays no other.
 */
export function decide(snapshot: Snapshot, conditions: Conditions): Decision {
  const { case: subject } = snapshot;
  if (isFinal(subject.state)) {
    return { start: [], skip: [], state: subject.state, reason: subject.reason, containedAt: subject.containedAt, lookAgainAt: null };
  }
  const decision = subject.undo === null ? goOut(snapshot, conditions) : takeBack(snapshot, subject.undo, conditions);
  if (subject.hold !== null) {
    return { ...decision, start: [], state: 'held', reason: subject.hold, lookAgainAt: null };
  }
  if (subject.startsAt !== null && subject.startsAt > conditions.now) {
    const reason = `begins on ${subject.startsAt.toISOString()}`;
    return { ...decision, start: [], state: 'waiting', reason, lookAgainAt: subject.startsAt };
  }
  return decision;
}
