import type { Json } from '../kernel/json.ts';
import type { Step } from './case.ts';
import type { Plannable } from './plan.ts';

/** Access that may be left, in one target: what it is about (a kind of access, or an action) and what is to be known of it, for people. */
export interface Residual {
  readonly target: string;
  readonly of: string;
  readonly note: string;
}

/**
 * What may still be reachable as a case stands: what a target offers no call for, what its actions have found, and what failed. Nothing is said of a
 * target in which the person has no account.
 */
export function residualAccess(targets: readonly Plannable[], steps: readonly Step[]): Residual[] {
  const absent = new Set(
    steps.filter(({ phase, outcome }) => phase === 'resolve' && outcome === 'already-absent').map(({ target }) => target),
  );
  const planned = new Set(steps.map(({ target }) => target));
  const all = [
    ...targets.filter(({ id }) => planned.has(id)).flatMap(offeredNot),
    ...steps.flatMap((step) => foundBy(step)),
    ...steps.filter(({ state, undoes }) => state === 'failed' && undoes === null).map(failed),
  ];
  return all.filter(
    ({ target, note }, index) => !absent.has(target) && all.findIndex((one) => one.target === target && one.note === note) === index,
  );
}

function offeredNot({ id: target, capabilities = {} }: { id: string; capabilities?: Partial<Plannable['capabilities']> }): Residual[] {
  return Object.entries(capabilities).flatMap(([of, { residual, lasts, advice }]) =>
    residual === undefined ? [] : [{ target, of, note: sentenceOf(residual, lasts, advice) }],
  );
}

function sentenceOf(residual: string, lasts: Json | undefined, advice: Json | undefined): string {
  return [residual, typeof lasts === 'string' && `It lasts ${lasts}.`, typeof advice === 'string' && advice].filter(Boolean).join(' ');
}

/** A sentence with how long it lasts and what to do, a list of sentences, or what was found with sentences among it. */
function foundBy({ target, action: of, state, facts: { residual, lasts, advice } }: Step): Residual[] {
  const notes = typeof residual === 'string' ? [sentenceOf(residual, lasts, advice)] : sentencesIn(residual);
  return state === 'done' ? notes.map((note) => ({ target, of, note })) : [];
}

function sentencesIn(residual: Json | undefined): string[] {
  if (Array.isArray(residual)) {
    return residual.filter((one) => typeof one === 'string');
  }
  const { unread = [], advice = [] } =
    typeof residual === 'object' && residual !== null ? (residual as { unread?: Json; advice?: Json }) : {};
  return [...sentencesIn(unread), ...sentencesIn(advice)];
}

function failed({ target, action, subject, error }: Step): Residual {
  const what = subject === null ? action : `${action} of ${subject}`;
  return { target, of: action, note: `${what} did not succeed (${error?.code ?? 'unknown'}): what it was to end may still be there.` };
}
