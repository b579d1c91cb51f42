import { isEmail, type Subject } from '../../directory/directory.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Meaning, Signal } from '../signal.ts';
import { type EffectiveNeeds, readEffective } from './effective.ts';

/** Where a sender's payload has what, each a path of names with dots between; and what its types of event mean. */
export interface PayloadMapping {
  readonly type: string;
  readonly email: string;
  /** The sender's immutable id of the person. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly effectiveAt: string;
  readonly timeZone?: string | undefined;
  /** When the event happened. */
  readonly occurredAt: string;
  readonly left: readonly string[];
  readonly contain: readonly string[];
  readonly back: readonly string[];
}

export interface ParseNeeds extends EffectiveNeeds {
  readonly mapping: PayloadMapping;
  /** Meanings that the operator gave to types of event for all channels; they stand above the mapping. */
  readonly overrides: Readonly<Record<string, Meaning>>;
  /** When the message was sent. */
  readonly sentAt: Date;
}

export type ParsedMessage = Pick<Signal, 'kind' | 'meaning' | 'subject' | 'note' | 'occurredAt' | 'effectiveAt' | 'isRefused'>;

/**
 * What a verified message says. One that lacks something is kept with a note, so that a wrong mapping is seen in the list of signals.
 *
 * @throws LeaverError `invalid-request` when the payload is no object
 */
export function parseMessage(payload: unknown, needs: ParseNeeds): ParsedMessage {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new LeaverError('invalid-request', 'The payload is not a JSON object. Nothing was stored.');
  }
  const { mapping, overrides } = needs;
  const occurredAt = readOccurrence(valueAt(payload, mapping.occurredAt), needs.sentAt);
  const kind = textAt(payload, mapping.type, 200);
  if (kind === null) {
    const note = `the payload has no text at mapping.type (${mapping.type}), so that what it tells of is not known`;
    return { kind: 'unreadable', meaning: 'ignore', isRefused: true, subject: null, note, occurredAt };
  }
  const meaning = meaningOf(kind, mapping, overrides);
  return meaning === 'ignore'
    ? { kind, meaning, subject: null, note: 'not an event by which somebody leaves', occurredAt }
    : { kind, meaning, occurredAt, ...whoAndWhen(payload, meaning, needs) };
}

function meaningOf(kind: string, { left, contain, back }: PayloadMapping, overrides: ParseNeeds['overrides']): Meaning {
  if (Object.hasOwn(overrides, kind)) {
    return overrides[kind] ?? 'ignore';
  }
  const named: readonly (readonly [readonly string[], Meaning])[] = [
    [left, 'offboard'],
    [contain, 'contain'],
    [back, 'back'],
  ];
  return named.find(([kinds]) => kinds.includes(kind))?.[1] ?? 'ignore';
}

/** A message whose person or date is not certain names nobody: neither is guessed. A return has no date: it only ever stops something, and at once. */
function whoAndWhen(payload: object, meaning: Meaning, needs: ParseNeeds): Pick<ParsedMessage, 'subject' | 'note' | 'effectiveAt'> {
  const { mapping } = needs;
  const subject = subjectOf(payload, mapping);
  if (subject === null) {
    return { subject, note: `the payload has no e-mail at mapping.email (${mapping.email})`, effectiveAt: null };
  }
  if (meaning === 'back') {
    return { subject, note: null, effectiveAt: null };
  }
  const zone = mapping.timeZone === undefined ? undefined : valueAt(payload, mapping.timeZone);
  const effective = readEffective(valueAt(payload, mapping.effectiveAt), zone, needs);
  return effective.kind === 'at'
    ? { subject, note: null, effectiveAt: effective.at }
    : { subject: null, note: `nothing was done about the message: ${effective.reason}; send it again under another id`, effectiveAt: null };
}

function subjectOf(payload: object, { email: emailPath, id: idPath, name: namePath }: PayloadMapping): Subject | null {
  const email = textAt(payload, emailPath, 320);
  const id = idPath === undefined ? null : idAt(payload, idPath);
  const name = namePath === undefined ? null : textAt(payload, namePath, 1_000);
  if (email !== null && isEmail(email)) {
    return { id, email, name };
  }
  // Something that should be an e-mail and is none may be anybody; where there is nothing at all, the id is enough.
  const isAbsent = (valueAt(payload, emailPath) ?? null) === null;
  return id !== null && isAbsent ? { id, email: null, name } : null;
}

/** Many an HR system counts its people. */
function idAt(payload: object, path: string): string | null {
  const value = valueAt(payload, path);
  return Number.isSafeInteger(value) ? String(value) : textAt(payload, path, 200);
}

function textAt(payload: object, path: string, longest: number): string | null {
  const value = valueAt(payload, path);
  return typeof value === 'string' && value !== '' && value.length <= longest && isStorable(value) ? value : null;
}

/** Own members only: what objects inherit is no part of a payload. */
function valueAt(payload: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isThere ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }, payload);
}

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Nothing is told before it happened: a later time than the message's own would contradict whatever comes after it. */
function readOccurrence(value: unknown, sentAt: Date): Date {
  const told = typeof value === 'string' && WITH_OFFSET.test(value) ? new Date(value) : sentAt;
  return told < sentAt ? told : sentAt;
}
