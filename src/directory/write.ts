import type { Tx } from '../database/database.ts';
import type { Book, Card } from './book.ts';
import { emailKey } from './match.ts';
import { insertAddresses, insertIdentities, insertPeople, type PersonRow, updateAddresses, updateNames, updatePeople } from './store.ts';

export type NewPerson = PersonRow;

/**
 * Writes what a book has learned since it was opened: nothing, where everything was known. Each kind of row goes in one order, so that two
 * transactions never wait for each other crosswise; a row that another transaction changed meanwhile makes this one run again.
 */
export function writeChanges(tx: Tx, book: Book, people: readonly NewPerson[]): void {
  const made = new Map(people.map((person) => [person.id, person]));
  const cards = [...book.cards()];
  const newcomers = cards.flatMap((card) => newPerson(card, made));
  insertPeople(tx, newcomers.sort(byText(({ email_key }) => email_key)));
  insertAddresses(tx, cards.flatMap((card) => newAddresses(card, tx.now)).sort(byText(({ email_key }) => email_key)));
  // After the addresses: of two people who get one at once, the second is stopped there, and run again.
  updatePeople(tx, cards.flatMap(renamed).sort(byText(({ id }) => id)));
  updateAddresses(tx, cards.flatMap(changedAddresses).sort(byText(({ email_key }) => email_key)));
  insertIdentities(tx, cards.flatMap(newIdentities).sort(byText(({ connection, subject }) => `${connection} ${subject}`)));
  updateNames(tx, cards.flatMap(changedNames).sort(byText(({ connection, subject }) => `${connection} ${subject}`)));
}

function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : 1);
}

/** Somebody new who was renamed within the same batch is made with the name they have in the end. */
function newPerson(card: Card, made: ReadonlyMap<string, NewPerson>) {
  const person = made.get(card.id);
  return person ? [{ ...person, email: card.email, email_key: emailKey(card.email) }] : [];
}

function renamed({ id, email, before }: Card) {
  return before && before.email !== email ? [{ id, email, email_key: emailKey(email), seen: emailKey(before.email) }] : [];
}

function newAddresses({ id, addresses, before }: Card, now: Date) {
  const known = new Set(before?.addresses.map(({ email }) => emailKey(email)));
  return [...addresses].flatMap(([key, { email, state }]) =>
    known.has(key) ? [] : [{ email_key: key, email, person_id: id, state, since: now }],
  );
}

function changedAddresses({ addresses, before }: Card) {
  return (before?.addresses ?? []).flatMap(({ email, state: seen }) => {
    const state = addresses.get(emailKey(email))?.state ?? seen;
    return state === seen ? [] : [{ email_key: emailKey(email), state, seen }];
  });
}

function newIdentities({ id, identities, before }: Card) {
  const known = new Set(before?.identities.map(({ connection }) => connection));
  return [...identities].flatMap(([connection, { subject, key, at }]) =>
    known.has(connection) ? [] : [{ connection, subject, person_id: id, email_key: key, named_at: at }],
  );
}

function changedNames({ identities, before }: Card) {
  return (before?.identities ?? []).flatMap(({ connection, subject, key: seen }) => {
    const now = identities.get(connection);
    return now && now.key !== seen ? [{ connection, subject, email_key: now.key, named_at: now.at, seen }] : [];
  });
}
