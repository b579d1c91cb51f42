import { randomBytes } from 'node:crypto';
import type { CompiledQuery, Database, Tx } from '../database/database.ts';
import type { NewId } from '../kernel/ids.ts';
import { type Book, openBook } from './book.ts';
import { emailKey, type MatchRule, matchPerson, type Subject, type Unresolved } from './match.ts';
import { type EntryRow, entriesOf, markRecycled, type PersonRow, readAddresses, readIdAt, readPeople, toEntry } from './store.ts';
import { type NewPerson, writeChanges } from './write.ts';

export { erasePerson, isErased, type Known, lockByEmail, removeLonely } from './erase-store.ts';
export { type Doubt, emailKey, isEmail, type MatchRule, type Subject } from './match.ts';
export type { EntryRow } from './store.ts';
export { chooseSuccessor } from './successor.ts';
export { createSuperiors, type SuperiorsOf } from './superiors.ts';

export interface Person {
  readonly id: string;
  /** The present one: a rename that a connection told of is followed. */
  readonly email: string;
  /** Every other address that they have, or had. */
  readonly aliases: readonly string[];
  readonly name: string | null;
  readonly salt: string;
  /** Made in this very transaction: nothing else can be known of them yet. */
  readonly isNew: boolean;
}

/** A subject and the connection that names it; a null connection is an operator, who knows e-mails only. */
export interface Query {
  readonly connection: string | null;
  readonly subject: Subject;
  /** When the message was made, by the sender's clock: one from before a rename does not take it back. */
  readonly at?: Date | null;
  /** What the connection called the subject until now, where it tells of a change: the same person has the new address, and is never made anew by it. */
  readonly formerly?: Subject | null;
  /** Whether the connection tells that it has made the subject just now: an address that somebody had before then is another person's. */
  readonly isNewcomer?: boolean;
}

export type Found = { readonly kind: 'person'; readonly person: Person; readonly rule: MatchRule } | Unresolved;

/** People recognised, while the database is still asked. */
export interface Recognition {
  /** Who was known already, by id. They are being locked: what is asked of them after this is answered as of that lock. */
  readonly known: readonly string[];
  /** Whom each query means. */
  readonly found: Promise<Found[]>;
}

/** The people we know, by immutable id and by every address they have or had. */
export interface Directory {
  /**
   * Finds or makes the person of each query, in the order of the queries, and learns the ids and addresses that the queries bring. Two transactions
   * that meet the same person at once end with one person: the second waits for the first, or is run again after it, and sees all that was stored
   * about the person before.
   */
  resolve(tx: Tx, queries: readonly Query[]): Promise<Found[]>;
  /** The same in two halves, so that each can be sent together with what else is to be read: the query for everybody whom the queries could mean, */
  candidates(db: Database, queries: readonly Query[]): CompiledQuery<EntryRow>;
  /** and what is made of its rows, which may be of more queries than these. */
  recognise(tx: Tx, queries: readonly Query[], candidates: readonly EntryRow[]): Recognition;
  /** An identity provider says that the address has passed to somebody else: from now on it tells nobody. Whose it was, by id; null when nobody had it. */
  recycle(tx: Tx, email: string): Promise<string | null>;
  /** The id by which a connection knows the person with this e-mail; null when it has named none, or there is no such person. */
  idAt(db: Database, connection: string, email: string): Promise<string | null>;
  /** The addresses that the person has at present whom a connection knows by the id, or who has the e-mail; none when there is no such person, or two. */
  addressesOf(db: Database, who: { connection: string; id: string | null; email: string | null }): Promise<string[]>;
}

export function createDirectory({ newId }: { readonly newId: NewId }): Directory {
  const recognise: Directory['recognise'] = (tx, queries, candidates) => {
    const book = openBook(candidates.map(toEntry));
    const { matches, people } = matchInTurn(queries, book, newId);
    const made = new Map(people.map((person) => [person.id, person]));
    const known = new Set(matches.flatMap((one) => (one.kind === 'recognised' && !made.has(one.id) ? [one.id] : [])));
    const locked = readPeople(tx, [...known]);
    locked.catch(() => undefined);
    writeChanges(tx, book, people);
    const presented = async (): Promise<Found[]> => {
      const rows = await locked;
      return matches.map((one) =>
        one.kind === 'recognised' ? present(made.get(one.id) ?? rows.get(one.id), book, one.rule, made.has(one.id)) : one,
      );
    };
    return { known: [...known], found: presented() };
  };
  const candidates = entriesOf;
  return {
    candidates,
    recognise,
    resolve: async (tx, queries) => {
      const rows = queries.length === 0 ? [] : await tx.ask(candidates(tx.sql, queries));
      return await recognise(tx, queries, rows).found;
    },
    recycle: async (tx, email) => await markRecycled(tx, emailKey(email)),
    idAt: async (db, connection, email) => await readIdAt(db, connection, emailKey(email)),
    addressesOf: async (db, { connection, id, email }) => await readAddresses(db, connection, id, email === null ? null : emailKey(email)),
  };
}

interface Recognised {
  readonly kind: 'recognised';
  readonly id: string;
  readonly rule: MatchRule;
}

interface Matched {
  /** The person of each query, by id, and by what they were recognised. */
  readonly matches: readonly (Recognised | Unresolved)[];
  readonly people: readonly NewPerson[];
}

/** Matches one query after the other, each as if the ones before had come in transactions of their own. */
function matchInTurn(queries: readonly Query[], book: Book, newId: NewId): Matched {
  const people: NewPerson[] = [];
  const matches = queries.map((query) => {
    const match = matchPerson(query.subject, book.candidatesOf(query), query.isNewcomer);
    if (match.kind === 'unresolved') {
      book.doubt(query);
      return match;
    }
    const person = match.kind === 'known' ? match.person : { id: newId(), email: match.email };
    if (match.kind === 'new') {
      book.make(person);
      people.push({ ...person, name: query.subject.name, salt: randomBytes(32).toString('hex') });
    }
    book.learn(person.id, query);
    return { kind: 'recognised' as const, id: person.id, rule: match.kind === 'known' ? match.rule : ('new' as const) };
  });
  return { matches, people };
}

function present(row: PersonRow | undefined, book: Book, rule: MatchRule, isNew: boolean): Found {
  const card = row && book.card(row.id);
  if (!row || !card) {
    return { kind: 'unresolved', doubt: 'not-stored', reason: 'the person could not be stored', owner: null };
  }
  // Where nothing is written here, the row is newer than the book: it was read while it was held.
  const email = card.email === card.before?.email ? row.email : card.email;
  const aliases = [...card.addresses].flatMap(([key, address]) => (key === emailKey(email) ? [] : [address.email]));
  return { kind: 'person', person: { id: row.id, email, aliases, name: row.name, salt: row.salt, isNew }, rule };
}
