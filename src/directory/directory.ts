import { randomBytes } from 'node:crypto';
import type { Tx } from '../database/database.ts';
import type { NewId } from '../kernel/ids.ts';
import { type Book, openBook } from './book.ts';
import { emailKey, matchPerson, type Subject } from './match.ts';
import { type IdentityRow, insertIdentities, insertPeople, type PersonRow, readEntries, readPeople } from './store.ts';

export { emailKey, isEmail, type Subject } from './match.ts';
export { chooseSuccessor } from './successor.ts';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly salt: string;
  /** Made in this very transaction: nothing else can be known of them yet. */
  readonly isNew: boolean;
}

/** A subject and the connection that names it; a null connection is an operator, who knows e-mails only. */
export interface Query {
  readonly connection: string | null;
  readonly subject: Subject;
}

export type Found = { readonly kind: 'person'; readonly person: Person } | { readonly kind: 'unresolved'; readonly reason: string };

/** The people we know, by immutable id and e-mail. */
export interface Directory {
  /**
   * Finds or makes the person of each query, in the order of the queries. Two transactions that meet the same person at once end with one
   * person: the second waits for the first, or is run again after it, and sees all that was stored about the person before.
   */
  resolve(tx: Tx, queries: readonly Query[]): Promise<Found[]>;
}

export function createDirectory({ newId }: { readonly newId: NewId }): Directory {
  return {
    resolve: async (tx, queries) => {
      const { found, people, identities } = matchInTurn(queries, openBook(await readEntries(tx, queries)), newId);
      const made = new Map(people.map((person) => [person.id, person]));
      const known = await readPeople(
        tx,
        found.flatMap((one) => (typeof one === 'string' && !made.has(one) ? [one] : [])),
      );
      // Sorted, so that two transactions never wait for each other crosswise.
      insertPeople(tx, people.sort(byText(({ email_key }) => email_key)));
      insertIdentities(tx, identities.sort(byText(({ connection, subject }) => `${connection} ${subject}`)));
      return found.map((one) => (typeof one === 'string' ? present(made.get(one) ?? known.get(one), made.has(one)) : one));
    },
  };
}

type NewPerson = PersonRow & { readonly email_key: string };
type Unresolved = Extract<Found, { kind: 'unresolved' }>;

interface Matched {
  /** The id of the person of each query. */
  readonly found: readonly (string | Unresolved)[];
  /** Who and what has to be written for it. */
  readonly people: NewPerson[];
  readonly identities: IdentityRow[];
}

/** Matches one query after the other, each as if the ones before had come in transactions of their own. */
function matchInTurn(queries: readonly Query[], book: Book, newId: NewId): Matched {
  const people: NewPerson[] = [];
  const identities: IdentityRow[] = [];
  const found = queries.map((query) => {
    const { connection, subject } = query;
    const match = matchPerson(subject, book.candidatesOf(query));
    if (match.kind === 'unresolved') {
      return match;
    }
    const person = match.kind === 'known' ? match.person : { id: newId(), email: match.email };
    if (match.kind === 'new') {
      people.push({ ...person, email_key: emailKey(person.email), name: subject.name, salt: randomBytes(32).toString('hex') });
    }
    const learns = connection !== null && subject.id !== null && (match.kind === 'new' || match.learnsId);
    if (learns) {
      identities.push({ connection, subject: subject.id, person_id: person.id });
    }
    book.add({ ...person, ...(learns ? { connection, subject: subject.id } : { connection: null, subject: null }) });
    return person.id;
  });
  return { found, people, identities };
}

function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : 1);
}

function present(row: PersonRow | undefined, isNew: boolean): Found {
  return row
    ? { kind: 'person', person: { id: row.id, email: row.email, name: row.name, salt: row.salt, isNew } }
    : { kind: 'unresolved', reason: 'the person could not be stored' };
}
