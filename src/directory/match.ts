/** Somebody as a message names them. At least one of `id`, `email` and `aliases` is there. */
export interface Subject {
  /** The identity provider's immutable id. */
  readonly id: string | null;
  readonly email: string | null;
  readonly name: string | null;
  /** Further addresses that the sender says the person has now. */
  readonly aliases?: readonly string[];
}

export interface KnownPerson {
  readonly id: string;
  readonly email: string;
}

/**
 * - `current`: the person has the address now
 * - `former`: they had it before they were renamed; it may have passed to somebody else
 * - `recycled`: an identity provider said that it has
 */
export type AddressState = 'current' | 'former' | 'recycled';

/** Whom an address belongs to. */
export interface Owner {
  readonly person: KnownPerson;
  readonly state: AddressState;
  /** The id that the person carries on the subject's connection, null when none is known. */
  readonly id: string | null;
}

/** What the directory knows that could be the subject. */
export interface Candidates {
  /** The person who carries the subject's id on this connection. */
  readonly byId: KnownPerson | null;
  /** The owner of the subject's e-mail. */
  readonly byEmail: Owner | null;
  /** The owners of the subject's aliases, as far as they have any. */
  readonly byAlias: readonly Owner[];
  /** Whom the connection called otherwise until this very message. */
  readonly formerly: KnownPerson | null;
}

/** By what somebody was recognised; `new`: nobody had the e-mail before. */
export type MatchRule = 'id' | 'e-mail' | 'alias' | 'new';

/** Why nobody was. */
export type Doubt =
  | 'id-and-e-mail-differ'
  | 'address-recycled'
  | 'address-of-another-id'
  | 'new-address-of-somebody-else'
  | 'former-address-of-an-unknown-id'
  | 'aliases-differ'
  | 'unknown-id'
  | 'not-stored';

/** `reason` is for people, and may name ids; `doubt` says the same without them. */
export interface Unresolved {
  readonly kind: 'unresolved';
  readonly doubt: Doubt;
  readonly reason: string;
  /** Whose the address is, where it may have passed to somebody else; the id of the person. */
  readonly owner: string | null;
}

export type Match =
  | { readonly kind: 'known'; readonly person: KnownPerson; readonly rule: MatchRule }
  | { readonly kind: 'new'; readonly email: string }
  | Unresolved;

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
 * Who the subject is. Never a guess: where the id says one person and the e-mail another, an address has passed to another id, or may have, nobody
 * is matched. An id outweighs everything; what somebody was called until now outweighs what they are called; an e-mail outweighs aliases, which count
 * only where nothing else is known.
 */
export function matchPerson(subject: Subject, { byId, byEmail, byAlias, formerly }: Candidates, isNewcomer = false): Match {
  if (byId) {
    return matchKnownId(subject, byId, byEmail);
  }
  if (formerly) {
    return matchRenamed(formerly, byEmail);
  }
  if (byEmail) {
    return matchOwner(subject, byEmail, 'e-mail', isNewcomer);
  }
  return byAlias.length > 0 ? matchAlias(subject, byAlias) : matchNobody(subject);
}

function matchKnownId(subject: Subject, byId: KnownPerson, byEmail: Owner | null): Match {
  if (byEmail && byEmail.person.id !== byId.id) {
    return unresolved('id-and-e-mail-differ', `the id ${subject.id} and the e-mail of the message belong to two different people`, byEmail);
  }
  return { kind: 'known', person: byId, rule: 'id' };
}

function matchRenamed(person: KnownPerson, byEmail: Owner | null): Match {
  if (byEmail && byEmail.person.id !== person.id) {
    const reason = 'the connection calls somebody by another address now, and that one belongs to somebody else';
    return unresolved('new-address-of-somebody-else', reason, byEmail);
  }
  return { kind: 'known', person, rule: 'e-mail' };
}

function matchOwner({ id }: Subject, owner: Owner, rule: MatchRule, isNewcomer = false): Match {
  if (owner.state === 'recycled') {
    return unresolved('address-recycled', 'the address is said to have passed to somebody else, so it tells nobody for certain');
  }
  if (id !== null && owner.id !== null) {
    return unresolved(
      'address-of-another-id',
      `the e-mail of the message belongs to ${owner.id} on this connection, but the message names ${id}: the address may have passed to somebody else`,
      owner,
    );
  }
  if ((id !== null || isNewcomer) && owner.state === 'former') {
    const who = id === null ? 'somebody who was made just now' : `${id}, whom nobody knows`;
    return unresolved(
      'former-address-of-an-unknown-id',
      `the address was somebody's before they were renamed, and the message names ${who}: it may have passed to somebody else`,
      owner,
    );
  }
  return { kind: 'known', person: owner.person, rule };
}

function matchAlias(subject: Subject, owners: readonly Owner[]): Match {
  const [owner] = owners;
  if (!owner || new Set(owners.map(({ person }) => person.id)).size > 1) {
    return unresolved('aliases-differ', 'the aliases of the message belong to different people');
  }
  return matchOwner(subject, owners.find(({ state }) => state !== 'current') ?? owner, 'alias');
}

function matchNobody({ id, email }: Subject): Match {
  return email === null
    ? unresolved('unknown-id', `nobody with the id ${id} is known, and the message names no e-mail`)
    : { kind: 'new', email };
}

function unresolved(doubt: Doubt, reason: string, owner: Owner | null = null): Unresolved {
  return { kind: 'unresolved', doubt, reason, owner: owner?.person.id ?? null };
}

/** What a connection calls somebody, and since when. */
export interface Naming {
  readonly key: string | null;
  readonly at: Date | null;
}

/**
 * What an address in a message means that is about somebody whom the connection knows by id.
 *
 * - `same`: nothing new
 * - `rename`: the connection calls them so from now on
 * - `late`: the message is from before the last rename
 *
 * @param state of the address among those of the person, null when it is new; `alias`: it is current, and no connection's name for them, so that
 *   a sender with two names for one person (a login, an e-mail) does not rename them with every message
 * @param at when the message says it was made, by the sender's clock
 */
export function followName(named: Naming, key: string, state: AddressState | 'alias' | null, at: Date | null): 'same' | 'rename' | 'late' {
  if (named.key === key || state === 'recycled' || state === 'alias') {
    return 'same';
  }
  const isOlder = at !== null && named.at !== null && at < named.at;
  const isNewer = at !== null && named.at !== null && at > named.at;
  // Without a time, an address that somebody had before is more likely an old message than a way back.
  return isOlder || (state === 'former' && !isNewer) ? 'late' : 'rename';
}
