import type { JsonObject } from '../kernel/json.ts';
import { type Case, isFinal, type Step } from './case.ts';
import type { CaseEvent } from './case-event.ts';
import { type Draft, POLICY } from './draft.ts';
import { type Plannable, plan, planMissing } from './plan.ts';
import { planned, revive, turnAround } from './second-thoughts.ts';

type Departure = Omit<Extract<CaseEvent, { type: 'depart' }>, 'type'>;

/** Somebody says once more that the person leaves: the stronger playbook counts, and the earlier beginning. Refused when that changes nothing. */
export function depart(draft: Draft, departure: Departure): string | null {
  const { case: subject } = draft;
  if (isFinal(subject.state)) {
    return `the case is ${subject.state}`;
  }
  const changes = subject.undo === null ? joined(subject, departure) : alone(subject, departure);
  if (subject.undo === null && !isMore(subject, departure)) {
    return `the case is ${subject.state} with the playbook ${subject.playbook}`;
  }
  const { playbook, startsAt, handOverAt, confirmBy } = changes;
  const data = { to: playbook, startsAt: print(startsAt), handOverAt: print(handOverAt), confirmBy: [...confirmBy] };
  if (subject.undo === null) {
    draft.record('case.upgraded', { by: departure.by, from: subject.playbook, ...data, steps: revive(draft, subject.playbook, playbook) });
  } else {
    draft.record('case.resumed', { by: departure.by, ...data, steps: turnAround(draft, playbook) });
  }
  draft.case = { ...draft.case, ...changes };
  const missing = draft.steps.size === 0 ? [] : planMissing(draft.plannable(), playbook, draft.snapshot().steps, draft.around.newId);
  if (missing.length > 0) {
    addToPlan(draft, missing);
  }
  return null;
}

/** What was taken back counts no more: the new departure alone says what is to be done, and when. */
function alone({ confirmBy }: Extent, { playbook, startsAt, confirmBy: and }: Asked): Extent {
  return { playbook, startsAt, handOverAt: null, confirmBy: [...new Set([...confirmBy, ...and])] };
}

/** Whether a departure asks for anything that the case does not do already. */
export function isMore(subject: Extent, departure: Asked): boolean {
  const { playbook, startsAt, handOverAt, confirmBy } = joined(subject, departure);
  const isSooner = !isSame(startsAt, subject.startsAt) || !isSame(handOverAt, subject.handOverAt);
  return playbook !== subject.playbook || isSooner || confirmBy.length > subject.confirmBy.length;
}

/** What is to be done, and when. */
type Extent = Pick<Case, 'playbook' | 'startsAt' | 'handOverAt' | 'confirmBy'>;
type Asked = Omit<Extent, 'handOverAt'>;

/**
 * What two requests for one person come to: the stronger playbook and the earlier time. Somebody who is to leave later and is to be locked out now is
 * locked out now, and what is hard to reverse keeps its time. Whoever can confirm the departure must.
 */
export function joined(first: Extent, second: Asked): Extent {
  return {
    ...joinedTimes(first, second),
    confirmBy: [...new Set([...first.confirmBy, ...second.confirmBy])],
  };
}

type Times = Omit<Extent, 'confirmBy'>;

function joinedTimes(first: Times, second: Omit<Times, 'handOverAt'>): Times {
  const { playbook, startsAt, handOverAt } = first;
  const sooner = startsAt && earlier(startsAt, second.startsAt);
  if (second.playbook === 'contain') {
    const planned = playbook === 'offboard' && sooner !== startsAt ? (handOverAt ?? startsAt) : handOverAt;
    return { playbook, startsAt: sooner, handOverAt: planned };
  }
  if (playbook === 'contain') {
    // The lock-out keeps its own time; only what comes now has to wait.
    return { playbook: 'offboard', startsAt: sooner, handOverAt: second.startsAt };
  }
  return { playbook, startsAt: sooner, handOverAt: handOverAt && earlier(handOverAt, second.startsAt) };
}

/** Null is at once. */
function earlier(a: Date, b: Date | null): Date | null {
  return b === null || b < a ? b : a;
}

function isSame(a: Date | null, b: Date | null): boolean {
  return a?.getTime() === b?.getTime();
}

function print(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}

/** Makes the plan of a case that has none. Where no target has anything to do, a person is asked: it must not look like a case that is on its way. */
export function makePlan(draft: Draft): void {
  const { newId } = draft.around;
  const steps = plan(draft.plannable(), draft.case.playbook, newId);
  if (steps.length > 0) {
    addToPlan(draft, steps);
  } else if (draft.case.hold === null) {
    const reason = `no target in the configuration has anything to do for the playbook ${draft.case.playbook}; add one, then approve`;
    draft.record('case.held', { by: POLICY, reason });
    draft.case = { ...draft.case, hold: reason };
  }
}

/** What each target can do, as it is when the plan is made: another version of Leaver may know more. */
function capabilitiesOf(targets: readonly Plannable[]): JsonObject {
  return Object.fromEntries(
    targets.map(({ id, capabilities = {} }) => [
      id,
      Object.fromEntries(Object.entries(capabilities).map(([name, capability]) => [name, { ...capability }])),
    ]),
  );
}

function addToPlan(draft: Draft, steps: readonly Step[]): void {
  for (const step of steps) {
    draft.put(step);
  }
  const planning = new Set(steps.map(({ target }) => target));
  const targets = draft.around.targets.filter(({ id }) => planning.has(id));
  draft.record('plan.made', { playbook: draft.case.playbook, steps: steps.map(planned), capabilities: capabilitiesOf(targets) });
}
