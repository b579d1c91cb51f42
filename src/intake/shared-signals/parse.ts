import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isStorable } from '../../kernel/text.ts';
import type { Meaning, Signal } from '../signal.ts';
import { BACKCHANNEL_LOGOUT, eventType, IDENTIFIER_CHANGED, meaningOf } from './events.ts';
import { membersBesideUser, type Named, readSubject, toEmail } from './subjects.ts';

/** What one event of a token says. */
export interface ParsedEvent
  extends Pick<Signal, 'kind' | 'eventId' | 'meaning' | 'subject' | 'note' | 'recycled' | 'renamed' | 'occurredAt'> {
  /** Members of its subject that were not read, where it has any. */
  readonly besides?: readonly string[];
}

export type ParsedSet =
  | { readonly kind: 'events'; readonly events: readonly ParsedEvent[] }
  | { readonly kind: 'invalid'; readonly description: string };

const claimsSchema = z.looseObject({
  jti: z.string().min(1),
  iat: z.number(),
  toe: z.number().optional().catch(undefined),
  // Of one event a token may tell several aspects, each under its own name (RFC 8417, section 2).
  events: z.record(z.string().min(1).max(200).refine(isStorable), z.looseObject({})),
});
type Claims = z.infer<typeof claimsSchema>;

const MOST_EVENTS = 20;

/**
 * Reads the claims of a verified security event token (RFC 8417), as SSF 1.0 has them or in the older form, in which the subject stands within the event.
 *
 * @param issuer who signed it: the only one whose ids are known here
 * @param overrides meanings that the operator gave to event types, above our own table
 */
export function parseSet(payload: unknown, issuer: string, overrides: Readonly<Record<string, Meaning>>): ParsedSet {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) {
    return invalid(`The token is not a security event token: ${String(parsed.error.issues[0]?.path[0])} is missing or malformed.`);
  }
  const claims = parsed.data;
  const types = Object.keys(claims.events);
  const objection = objectionTo(claims, types);
  if (objection !== null) {
    return invalid(objection);
  }
  const id = eventIdOf(claims.jti);
  return {
    kind: 'events',
    events: types.map((type, index) => readEvent(claims, type, types.length === 1 ? id : `${id}#${index}`, issuer, overrides)),
  };
}

function objectionTo(claims: Claims, types: readonly string[]): string | null {
  if (types.length === 0 || types.length > MOST_EVENTS) {
    return `The token has ${types.length} events; one is expected.`;
  }
  if (types.includes(BACKCHANNEL_LOGOUT)) {
    return 'The token is a logout token (OpenID Connect Back-Channel Logout), and no security event token.';
  }
  // SSF 1.0, section 4.1: so that no other token is taken for one of these. The older forms have neither rule nor sub_id.
  const forbidden = ['sub', 'exp'].filter((claim) => claim in claims);
  return 'sub_id' in claims && forbidden.length > 0 ? `A token with sub_id must not have ${forbidden.join(' and ')} (SSF 1.0).` : null;
}

function readEvent(
  claims: Claims,
  type: string,
  eventId: string,
  issuer: string,
  overrides: Readonly<Record<string, Meaning>>,
): ParsedEvent {
  const event = claims.events[type] ?? {};
  const { meaning, note } = meaningOf(type, event, overrides);
  const besides = [claims['sub_id'], event['subject']].flatMap(membersBesideUser);
  const base = { kind: type, eventId, occurredAt: occurredAt(claims, event), ...(besides.length > 0 && { besides }) };
  if (meaning === 'ignore') {
    return { ...base, meaning, subject: null, note, ...(eventType(type) === IDENTIFIER_CHANGED && renamedBy(claims, event, issuer)) };
  }
  if (meaning === 'nobody') {
    // What would lock somebody out at most, and finds nobody, is recorded as unresolved.
    return { ...base, meaning: 'contain', subject: null, note, ...passedOn(subjectOf(claims, event, issuer)) };
  }
  return { ...base, meaning, ...subjectOf(claims, event, issuer) };
}

/** The address that the event is about: a subject that has an id besides is somebody, and no mere address. */
function passedOn({ subject }: Named): Pick<ParsedEvent, 'recycled'> {
  return subject?.id === null && subject.email !== null ? { recycled: subject.email } : {};
}

/** To which address whose name has changed. A number, or a new value that is not told, teaches nothing. */
function renamedBy(claims: Claims, event: Readonly<Record<string, unknown>>, issuer: string): Pick<ParsedEvent, 'renamed'> {
  const { subject } = subjectOf(claims, event, issuer);
  const email = toEmail(event['new-value']);
  return subject !== null && email !== null ? { renamed: { subject, email } } : {};
}

/** One of the places where the subject may stand, never a mixture of them. */
function subjectOf(claims: Claims, event: Readonly<Record<string, unknown>>, issuer: string): Named {
  if (claims['sub_id'] !== undefined) {
    return readSubject(claims['sub_id'], issuer);
  }
  if (event['subject'] !== undefined) {
    return readSubject(event['subject'], issuer);
  }
  return readSubject({ format: 'iss_sub', iss: issuer, sub: claims['sub'] }, issuer);
}

/** As the database takes it, whatever the transmitter calls its tokens. */
function eventIdOf(jti: string): string {
  const isShort = jti.length <= 200 && isStorable(jti);
  return isShort ? jti : `sha256:${createHash('sha256').update(jti, 'utf8').digest('hex')}`;
}

/** When it happened: by the event, by the token, or at the latest when the token was made. */
function occurredAt({ toe, iat }: Claims, { event_timestamp: stamp }: Readonly<Record<string, unknown>>): Date | null {
  return [stamp, toe, iat].map(toDate).find((date) => date !== null) ?? null;
}

/** No time in seconds is as large for three thousand years, and no later one in milliseconds as small since 1973. */
const LEAST_MILLISECONDS = 100_000_000_000;
const END = Date.parse('2200-01-01T00:00:00Z');

/** Seconds, as CAEP has them, or milliseconds, as Okta sends them. */
function toDate(value: unknown): Date | null {
  if (typeof value !== 'number' || !(value > 0)) {
    return null;
  }
  const ms = value < LEAST_MILLISECONDS ? value * 1_000 : value;
  return ms < END ? new Date(Math.trunc(ms)) : null;
}

function invalid(description: string): ParsedSet {
  return { kind: 'invalid', description };
}
