import type { Json, JsonObject } from '../kernel/json.ts';

/** The version of the entry and chain format; a change of meaning makes a new one. */
export const LEDGER_FORMAT = 1;

export const ENTRY_KINDS = [
  'signal.recorded',
  'case.opened',
  'case.held',
  'case.approved',
  'case.upgraded',
  'case.contained',
  'case.state',
  'case.retried',
  'case.undone',
  'case.resumed',
  'case.rechecked',
  'plan.made',
  'step.started',
  'step.finished',
  'step.postponed',
  'step.failed',
  'step.skipped',
  'step.added',
  'step.released',
  'evidence.exported',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a feature hands over to be recorded. The data holds no secret, no token, no e-mail and no whole payload. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly caseId: string | null;
  readonly data: JsonObject;
}

/** An entry as it is hashed and shipped. `at` is the database's time, UTC, RFC 3339 with milliseconds. */
export interface Entry extends NewEntry {
  readonly v: typeof LEDGER_FORMAT;
  readonly at: string;
}

/** Gives the entry its version and its time, and takes e-mails out of every text in it. */
export function stampEntry(entry: NewEntry, at: Date): Entry {
  return { v: LEDGER_FORMAT, at: at.toISOString(), kind: entry.kind, caseId: entry.caseId, data: kept(entry.data) };
}

/** Some of it is free text, by operators and by other systems: whom it names stays in the case, which can be forgotten; the ledger cannot. */
const EMAIL = /[^\s@<>()[\]",;:]+@[^\s@<>()[\]",;:]+/g;

/** JSON has no `undefined`; members that hold it are left out, as `JSON.stringify` would. */
function kept(data: JsonObject): JsonObject {
  const clean = (_key: string, value: Json): Json =>
    typeof value === 'string' && value.includes('@') ? value.replaceAll(EMAIL, '[e-mail]') : value;
  return JSON.parse(JSON.stringify(data), clean) as { [key: string]: Json };
}
