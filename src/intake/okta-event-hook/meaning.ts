import type { Meaning } from '../signal.ts';
import { type OktaEvent, targetsOf } from './event.ts';

/** What the event types of Okta's System Log mean here; anything else is recorded and ignored. */
export const OKTA_MEANINGS: Readonly<Record<string, Meaning>> = {
  'user.lifecycle.deactivate': 'offboard',
  'user.lifecycle.delete.initiated': 'offboard',
  'user.lifecycle.suspend': 'contain',
  'user.lifecycle.unsuspend': 'back',
  'user.lifecycle.reactivate': 'back',
  'user.lifecycle.activate': 'back',
  // Only of the apps that stand for our targets.
  'application.user_membership.remove': 'offboard',
  'application.user_membership.add': 'back',
};

export interface MeaningNeeds {
  /** Meanings that the operator gave to event types, above our own table. */
  readonly overrides?: Readonly<Record<string, Meaning>>;
  /** Ids of the apps whose loss takes a person out. */
  readonly apps?: ReadonlySet<string>;
}

/** What an event means, and why it means nothing where that is so. */
export interface Interpreted {
  readonly meaning: Meaning;
  readonly note: string | null;
}

export function interpret(event: OktaEvent, { overrides = {}, apps = new Set() }: MeaningNeeds): Interpreted {
  const meaning = meaningOf(event.eventType, overrides);
  if (meaning === 'ignore') {
    return { meaning, note: 'not an event by which somebody leaves' };
  }
  const note = doubtOfOutcome(event) ?? doubtOfApp(event, apps) ?? doubtOfRole(event, meaning) ?? doubtOfRisk(event, meaning);
  return note === null ? { meaning, note } : { meaning: 'ignore', note };
}

/** Own entries only: a type may be called `constructor`. */
function meaningOf(eventType: string, overrides: Readonly<Record<string, Meaning>>): Meaning {
  const table = [overrides, OKTA_MEANINGS].find((one) => Object.hasOwn(one, eventType));
  return table?.[eventType] ?? 'ignore';
}

const HAPPENED: ReadonlySet<string> = new Set(['SUCCESS', 'ALLOW']);

/** An event without an outcome tells of something that happened. Of a word that we do not know, nobody can say. */
function doubtOfOutcome({ outcome }: OktaEvent): string | null {
  const result = outcome?.result?.toUpperCase() ?? 'SUCCESS';
  return HAPPENED.has(result) ? null : `what the event tells of did not happen, or not for certain (outcome ${result})`;
}

/** People are given apps and lose them every day; only some apps stand for what we take people out of. */
function doubtOfApp(event: OktaEvent, apps: ReadonlySet<string>): string | null {
  if (!event.eventType.startsWith('application.')) {
    return null;
  }
  const isOurs = targetsOf(event, 'AppInstance').some(({ id }) => id !== null && apps.has(id));
  return isOurs ? null : 'it is about an app that eventHook.apps does not name';
}

/** Okta tells under one name of a role that was given and of one that was taken away; only the type of the target differs. */
function doubtOfRole({ eventType, target }: OktaEvent, meaning: Meaning): string | null {
  if (eventType !== 'user.account.privilege.grant') {
    return null;
  }
  const isTaken = (target ?? []).some(({ type }) => type?.startsWith('ROLE_UNASSIGNED'));
  if (meaning === 'back') {
    return isTaken ? 'an admin role was taken away, not given' : null;
  }
  return isTaken ? null : 'an admin role was given, not taken away';
}

const LEVELS = ['LOW', 'MEDIUM', 'HIGH'];

/**
 * Okta also tells when a risk is over. The levels stand in a text: `{previousLevel=LOW, level=MEDIUM, …}`.
 *
 * @see https://developer.okta.com/docs/reference/api/itp-et/
 */
function doubtOfRisk({ eventType, debugContext }: OktaEvent, meaning: Meaning): string | null {
  if (!eventType.startsWith('user.risk.') || meaning === 'back') {
    return null;
  }
  const risk = debugContext?.debugData?.Risk ?? debugContext?.debugData?.risk ?? '';
  const [before, now] = [/\bpreviousLevel=(\w+)/i, /\blevel=(\w+)/i].map((form) =>
    LEVELS.indexOf(form.exec(risk)?.[1]?.toUpperCase() ?? ''),
  );
  const isOver = now === 0 || (now !== -1 && (before ?? -1) > (now ?? -1));
  return isOver ? `the risk is lower than it was, or low (${risk.slice(0, 100)})` : null;
}
