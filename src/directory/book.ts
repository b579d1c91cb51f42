import type { Query } from './directory.ts';
import { type AddressState, type Candidates, emailKey, followName, type KnownPerson, type Naming, type Owner } from './match.ts';

/** Somebody with all addresses and ids, as they are known. */
export interface BookEntry extends KnownPerson {
  readonly addresses: readonly { readonly email: string; readonly state: AddressState }[];
  readonly identities: readonly {
    readonly connection: string;
    readonly subject: string;
    readonly key: string | null;
    readonly at: Date | null;
  }[];
}

export interface Address {
  readonly email: string;
  readonly state: AddressState;
}

export interface Identity extends Naming {
  readonly subject: string;
}

/** A page of the book: what is known of one person, and what was known before. */
export interface Card {
  readonly id: string;
  email: string;
  /** By `emailKey`. */
  readonly addresses: Map<string, Address>;
  /** By connection. */
  readonly identities: Map<string, Identity>;
  /** As stored; null for somebody new. */
  readonly before: BookEntry | null;
}

/** Everybody whom some queries could mean. What one query teaches is there for the next. */
export interface Book {
  candidatesOf(query: Query): Candidates;
  /** Takes in that a query means nobody for certain: an address from before a rename that comes with another id has passed to somebody else. */
  doubt(query: Query): void;
  /** Somebody whom nobody knew. */
  make(person: KnownPerson): void;
  /** Takes in what the query says of the person it turned out to be about. */
  learn(personId: string, query: Query): void;
  card(personId: string): Card | undefined;
  cards(): Iterable<Card>;
}

export function openBook(entries: readonly BookEntry[]): Book {
  const cards = new Map<string, Card>();
  const byAddress = new Map<string, Card>();
  const byId = new Map<string, Card>();
  const file = (card: Card): void => {
    cards.set(card.id, card);
    for (const key of card.addresses.keys()) byAddress.set(key, card);
    for (const [connection, { subject }] of card.identities) byId.set(`${connection} ${subject}`, card);
  };
  for (const entry of entries) file(cardOf(entry));
  const ownerOf = (email: string, connection: string | null): Owner | null => {
    const card = byAddress.get(emailKey(email));
    const address = card?.addresses.get(emailKey(email));
    return card && address ? { person: card, state: address.state, id: card.identities.get(connection ?? '')?.subject ?? null } : null;
  };
  const withId = (id: string | null, connection: string | null): Card | null =>
    id === null ? null : (byId.get(`${connection} ${id}`) ?? null);
  /** Nobody, where an id speaks against it: then the account has passed to somebody else, and not only its name has changed. */
  const formerlyOf = ({ connection, subject, formerly }: Query): KnownPerson | null => {
    if (!formerly) return null;
    const owner = formerly.email === null ? null : ownerOf(formerly.email, connection);
    const byName = owner?.state === 'current' ? owner.person : null;
    const person = withId(formerly.id, connection) ?? byName;
    const ids = [subject.id, formerly.id, cards.get(person?.id ?? '')?.identities.get(connection ?? '')?.subject ?? null];
    return new Set(ids.filter((id) => id !== null)).size > 1 ? null : person;
  };
  return {
    candidatesOf: (query) => {
      const { connection, subject } = query;
      return {
        byId: withId(subject.id, connection),
        byEmail: subject.email === null ? null : ownerOf(subject.email, connection),
        byAlias: (subject.aliases ?? []).flatMap((alias) => ownerOf(alias, connection) ?? []),
        formerly: formerlyOf(query),
      };
    },
    doubt: ({ subject: { id, email }, isNewcomer = false }) => {
      const key = emailKey(email ?? '');
      const card = byAddress.get(key);
      const address = card?.addresses.get(key);
      if ((id !== null || isNewcomer) && address?.state === 'former') card?.addresses.set(key, { ...address, state: 'recycled' });
    },
    make: ({ id, email }) => file({ id, email, addresses: new Map(), identities: new Map(), before: null }),
    learn: (personId, query) => {
      const card = cards.get(personId);
      if (!card) return;
      const isFree = (email: string): boolean => (byAddress.get(emailKey(email)) ?? card) === card;
      learnIdentity(card, query, isFree);
      for (const alias of query.subject.aliases ?? []) {
        if (isFree(alias)) addAddress(card, alias, 'current');
      }
      file(card);
    },
    card: (personId) => cards.get(personId),
    cards: () => cards.values(),
  };
}

function cardOf(entry: BookEntry): Card {
  return {
    id: entry.id,
    email: entry.email,
    addresses: new Map(entry.addresses.map((address) => [emailKey(address.email), address])),
    identities: new Map(entry.identities.map(({ connection, ...identity }) => [connection, identity])),
    before: entry,
  };
}

function learnIdentity(card: Card, query: Query, isFree: (email: string) => boolean): void {
  const { connection, subject, at = null, formerly } = query;
  const { id, email } = subject;
  if (email !== null && !isFree(email)) return;
  const known = connection === null ? undefined : card.identities.get(connection);
  if (connection !== null && id !== null && !known) {
    card.identities.set(connection, { subject: id, key: email === null ? null : emailKey(email), at });
  }
  if (email === null) return;
  const oldKey = formerly?.email ? emailKey(formerly.email) : null;
  const isRenamed = oldKey !== null && oldKey !== emailKey(email);
  if (connection !== null && known && (id !== null || isRenamed)) {
    follow(card, connection, known, email, at);
  } else if (isRenamed && card.addresses.get(emailKey(email))?.state !== 'recycled') {
    moveTo(card, oldKey, email);
  } else {
    addAddress(card, email, 'current');
  }
}

/** An address that is known already keeps its state: only its owner's own connection can make a former one current again. */
function addAddress(card: Card, email: string, state: AddressState): void {
  if (!card.addresses.has(emailKey(email))) card.addresses.set(emailKey(email), { email, state });
}

function follow(card: Card, connection: string, known: Identity, email: string, at: Date | null): void {
  const key = emailKey(email);
  switch (followName(known, key, standingOf(card, key), at)) {
    case 'same':
      return;
    case 'late':
      addAddress(card, email, 'former');
      return;
    case 'rename':
      card.identities.set(connection, { ...known, key, at: at ?? known.at });
      moveTo(card, known.key, email);
  }
}

function standingOf({ addresses, identities }: Card, key: string): AddressState | 'alias' | null {
  const state = addresses.get(key)?.state ?? null;
  return state === 'current' && ![...identities.values()].some((identity) => identity.key === key) ? 'alias' : state;
}

/** A connection calls them by the new address in the place of the old one. */
function moveTo(card: Card, oldKey: string | null, email: string): void {
  card.addresses.set(emailKey(email), { email, state: 'current' });
  const old = oldKey === null ? undefined : card.addresses.get(oldKey);
  if (!old || oldKey === null) return;
  const isStillUsed = [...card.identities.values()].some(({ key }) => key === oldKey);
  if (!isStillUsed) card.addresses.set(oldKey, { ...old, state: 'former' });
  // Another connection's name for them is an alias, which no rename of it makes the first one.
  if (emailKey(card.email) === oldKey) card.email = email;
}
