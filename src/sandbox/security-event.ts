import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';

/**
 * How a transmitter writes its security event tokens: as SSF 1.0 has it (the subject at the top), as Okta does (the subject in the event, times in
 * milliseconds), or as Google does (the same in the older names).
 */
export type SetForm = 'ssf' | 'okta' | 'google';

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

/** Somebody as the transmitter knows them. */
export type SetSubject = { readonly email: string } | { readonly id: string };

export interface SecurityEvent {
  /** The whole name of the event type. */
  readonly type: string;
  readonly subject: SetSubject;
  /** Further members of the event. */
  readonly details?: JsonObject;
  readonly occurredAt?: Date;
}

/** The claims of a security event token (RFC 8417) in the given form. */
export function setClaims(form: SetForm, issuer: string, audience: string, event: SecurityEvent): JsonObject {
  const { type, subject, details = {}, occurredAt = new Date() } = event;
  const ms = occurredAt.getTime();
  const base = { iss: issuer, aud: audience, jti: randomUUID(), iat: Math.floor(Date.now() / 1_000) };
  switch (form) {
    case 'ssf':
      return {
        ...base,
        txn: randomUUID(),
        sub_id: subjectId(issuer, subject),
        events: { [type]: { event_timestamp: Math.floor(ms / 1_000), ...details } },
      };
    case 'okta':
      return { ...base, events: { [type]: { subject: subjectId(issuer, subject), event_timestamp: ms, ...details } } };
    case 'google': {
      const { format, ...named } = subjectId(issuer, subject);
      return { ...base, events: { [type]: { subject: { subject_type: String(format).replace('_', '-'), ...named }, ...details } } };
    }
  }
}

/** RFC 9493. */
export function subjectId(issuer: string, subject: SetSubject): JsonObject {
  return 'email' in subject ? { format: 'email', email: subject.email } : { format: 'iss_sub', iss: issuer, sub: subject.id };
}
