/** Somebody as a message names them. At least one of `id` and `email` is there. */
export interface Subject {
  /** The identity provider's immutable id. */
  readonly id: string | null;
  readonly email: string | null;
  readonly name: string | null;
}

export interface KnownPerson {
  readonly id: string;
  readonly email: string;
}

/** What the directory knows that could be the subject. */
export interface Candidates {
  /** The person who carries the subject's id on this connection. */
  readonly byId: KnownPerson | null;
  /** The person with the subject's e-mail. */
  readonly byEmail: KnownPerson | null;
  /** The id that `byEmail` carries on this connection, null when none is known. */
  readonly idOfEmail: string | null;
}

export type Match =
  | { readonly kind: 'known'; readonly person: KnownPerson; readonly learnsId: boolean }
  | { readonly kind: 'new'; readonly email: string }
  | { readonly kind: 'unresolved'; readonly reason: string };

/** The key by which an e-mail is matched: the same text without regard to case, and nothing nearer or further. */
export function emailKey(email: string): string {
  return email.toLowerCase();
}

const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+$/;

/** Whether the text can be somebody's e-mail; an Okta login may be any text. */
export function isEmail(text: string): boolean {
  return text.length <= 320 && EMAIL.test(text);
}

/**
 * Who the subject is. Never a guess: where the id says one person and the e-mail another, or an address has passed to another id, nobody is matched.
 */
export function matchPerson(subject: Subject, { byId, byEmail, idOfEmail }: Candidates): Match {
  if (byId) {
    return matchKnownId(subject, byId, byEmail);
  }
  if (byEmail) {
    return matchKnownEmail(subject, byEmail, idOfEmail);
  }
  return subject.email === null
    ? { kind: 'unresolved', reason: `nobody with the id ${subject.id} is known, and the message names no e-mail` }
    : { kind: 'new', email: subject.email };
}

function matchKnownId(subject: Subject, byId: KnownPerson, byEmail: KnownPerson | null): Match {
  if (byEmail && byEmail.id !== byId.id) {
    return { kind: 'unresolved', reason: `the id ${subject.id} and the e-mail of the message belong to two different people` };
  }
  return { kind: 'known', person: byId, learnsId: false };
}

function matchKnownEmail(subject: Subject, byEmail: KnownPerson, idOfEmail: string | null): Match {
  if (subject.id !== null && idOfEmail !== null) {
    return {
      kind: 'unresolved',
      reason: `the e-mail of the message belongs to ${idOfEmail} on this connection, but the message names ${subject.id}: the address may have passed to somebody else`,
    };
  }
  return { kind: 'known', person: byEmail, learnsId: subject.id !== null };
}
