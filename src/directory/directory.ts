import { randomBytes } from 'node:crypto';
import type { Tx } from '../database/transaction.ts';
import type { NewId } from '../kernel/ids.ts';
import { emailKey, type Match, matchPerson, type Subject } from './match.ts';
import { findCandidates, type IdentityRow, insertIdentities, insertPeople, type PersonRow, readPeople } from './store.ts';

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
   * person, and the second waits for the first: each sees all that was stored about the person before.
   */
  resolve(tx: Tx, queries: readonly Query[]): Promise<Found[]>;
}

export function createDirectory({ newId }: { readonly newId: NewId }): Directory {
  return {
    resolve: async (tx, queries) => {
      const matches = await matchAll(tx, queries);
      const learned = await learn(tx, queries, matches, newId);
      if (learned.alone) {
        return await presentAll(tx, matches, learned.made);
      }
      // What was to be written met another transaction's people, or a contradiction within the queries: what stands there now decides.
      return await presentAll(tx, await matchAll(tx, queries), new Map());
    },
  };
}

async function matchAll(tx: Tx, queries: readonly Query[]): Promise<Match[]> {
  const candidates = await findCandidates(tx, queries);
  return queries.map((query) => matchPerson(query.subject, candidates(query)));
}

type NewPerson = PersonRow & { readonly email_key: string };

interface Learned {
  /** Whether everything could be written just as it was meant. */
  readonly alone: boolean;
  /** The people who were made, by the key of their e-mail. */
  readonly made: ReadonlyMap<string, NewPerson>;
}

/** Writes the people and ids that the queries bring. Sorted, so that two transactions never wait for each other crosswise. */
async function learn(tx: Tx, queries: readonly Query[], matches: readonly Match[], newId: NewId): Promise<Learned> {
  const people = newPeople(queries, matches, newId);
  const written = await insertPeople(tx, [...people.values()].sort(byText(({ email_key }) => email_key)));
  const identities = newIdentities(queries, matches, written);
  const count = await insertIdentities(tx, identities.sort(byText(({ connection, subject }) => `${connection} ${subject}`)));
  const alone = [...people.values()].every(({ id, email_key }) => written.get(email_key) === id) && count === identities.length;
  return { alone, made: people };
}

function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : 1);
}

function newPeople(queries: readonly Query[], matches: readonly Match[], newId: NewId): Map<string, NewPerson> {
  const people = new Map<string, NewPerson>();
  for (const [index, match] of matches.entries()) {
    if (match.kind === 'new') {
      const key = emailKey(match.email);
      const name = queries[index]?.subject.name ?? null;
      people.set(key, people.get(key) ?? { id: newId(), email: match.email, email_key: key, name, salt: randomBytes(32).toString('hex') });
    }
  }
  return people;
}

function newIdentities(queries: readonly Query[], matches: readonly Match[], written: ReadonlyMap<string, string>): IdentityRow[] {
  const identities = new Map<string, IdentityRow>();
  for (const [index, match] of matches.entries()) {
    const { connection = null, subject } = queries[index] ?? {};
    const person =
      match.kind === 'new' ? written.get(emailKey(match.email)) : match.kind === 'known' && match.learnsId ? match.person.id : undefined;
    if (person !== undefined && connection !== null && subject && subject.id !== null) {
      // One id for two people stays two rows, of which the database takes the first: that is how the contradiction is noticed.
      identities.set(`${connection} ${subject.id} ${person}`, { connection, subject: subject.id, person_id: person });
    }
  }
  return [...identities.values()];
}

async function presentAll(tx: Tx, matches: readonly Match[], made: ReadonlyMap<string, NewPerson>): Promise<Found[]> {
  const known = await readPeople(
    tx,
    matches.flatMap((match) => (match.kind === 'known' ? [match.person.id] : [])),
  );
  return matches.map((match) => present(match, known, made));
}

function present(match: Match, known: ReadonlyMap<string, PersonRow>, made: ReadonlyMap<string, PersonRow>): Found {
  switch (match.kind) {
    case 'known':
      return found(known.get(match.person.id), false);
    case 'new':
      return found(made.get(emailKey(match.email)), true);
    case 'unresolved':
      return match;
  }
}

function found(row: PersonRow | undefined, isNew: boolean): Found {
  return row
    ? { kind: 'person', person: { id: row.id, email: row.email, name: row.name, salt: row.salt, isNew } }
    : { kind: 'unresolved', reason: 'the person could not be stored' };
}
