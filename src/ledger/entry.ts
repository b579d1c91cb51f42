import { z } from 'zod';
import type { Json, JsonObject } from '../kernel/json.ts';
import { commitToPersonal, type Personal } from './commitment.ts';

/** The version of the entries that are written; a change of meaning makes a new one. Version 1 had no `personal` and is still read. */
export const ENTRY_VERSION = 2;

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
  'person.erased',
  'case.erased',
  'case.pruned',
  'signals.pruned',
  'key.rotated',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a feature hands over to be recorded. The data holds no secret, no token, no e-mail and no whole payload. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly caseId: string | null;
  readonly data: JsonObject;
  /** What says something of a person: kept apart from what is hashed, which only commits to it, and removed when the person is erased. */
  readonly personal?: JsonObject | undefined;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());

const common = {
  at: z.iso.datetime(),
  kind: z.enum(ENTRY_KINDS),
  caseId: z.string().nullable(),
  data: jsonObject,
};

/** An entry as it is hashed and shipped. `at` is the database's time, UTC, RFC 3339 with milliseconds. */
export const entrySchema = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), ...common }),
  z.strictObject({ v: z.literal(ENTRY_VERSION), ...common, personal: hash.nullable() }),
]);
export type Entry = z.infer<typeof entrySchema>;

export const personalSchema = z.strictObject({ salt: hash, data: jsonObject });

/** The commitment of an entry to what is set apart from it; null when there is nothing. */
export function commitmentOf(entry: Entry): string | null {
  return entry.v === 1 ? null : entry.personal;
}

export interface Stamped {
  readonly entry: Entry;
  readonly personal: Personal | null;
}

/** Gives the entry its version, its time and the commitment to its personal part, and takes e-mails out of every text in the rest. */
export function stampEntry({ kind, caseId, data, personal }: NewEntry, at: Date, newSalt: () => string): Stamped {
  const apart = personal === undefined ? null : { salt: newSalt(), data: dropUndefined(personal) };
  const commitment = apart && commitToPersonal(apart);
  return {
    entry: { v: ENTRY_VERSION, at: at.toISOString(), kind, caseId, data: dropUndefined(data, withoutEmails), personal: commitment },
    personal: apart,
  };
}

/** Some of it is free text, by operators and by other systems: whom it names stays in the case, which can be forgotten; the ledger cannot. */
const EMAIL = /[^\s@<>()[\]",;:]+@[^\s@<>()[\]",;:]+/g;

function withoutEmails(_key: string, value: Json): Json {
  return typeof value === 'string' && value.includes('@') ? value.replaceAll(EMAIL, '[e-mail]') : value;
}

/** JSON has no `undefined`; members that hold it are left out, as `JSON.stringify` would. */
function dropUndefined(data: JsonObject, change?: (key: string, value: Json) => Json): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(data), change) as { [key: string]: Json };
}
