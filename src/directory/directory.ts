import { randomBytes } from 'node:crypto';
import type { Tx } from '../database/database.ts';
import type { NewId } from '../kernel/ids.ts';
import { emailKey, type Match, matchPerson, type Subject } from './match.ts';
import { findCandidates, insertIdentities, insertPeople, type PersonRow, readPeople } from './store.ts';

export { emailKey, isEmail, type Subject } from './match.ts';
export { chooseSuccessor } from './successor.ts';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly salt: string;
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
   * Finds or makes the person of each query, in the order of the queries. Two transactions that meet the same new person at once end with one
   * person: the second waits for the first.
   */
  resolve(tx: Tx, queries: readonly Query[]): Promise<Found[]>;
}

export function createDirectory({ newId }: { readonly newId: NewId }): Directory {
  return {
    resolve: async (tx, queries) => {
      const first = await matchAll(tx, queries);
      const learned = await learn(tx, queries, first, newId);
      // What was just written may have met another transaction's people: the second look decides.
      const final = learned ? await matchAll(tx, queries) : first;
      const people = await readPeople(
        tx,
        final.flatMap((match) => (match.kind === 'known' ? [match.person.id] : [])),
      );
      return final.map((match) => present(match, people));
    },
  };
}

async function matchAll(tx: Tx, queries: readonly Query[]): Promise<Match[]> {
  const candidates = await findCandidates(tx, queries);
  return queries.map((query) => matchPerson(query.subject, candidates(query)));
}

/** Writes the people and ids that the queries bring; true when anything was new. Sorted, so that two transactions never wait for each other crosswise. */
async function learn(tx: Tx, queries: readonly Query[], matches: readonly Match[], newId: NewId): Promise<boolean> {
  const people = new Map<string, { id: string; email: string; email_key: string; name: string | null; salt: string }>();
  matches.forEach((match, index) => {
    if (match.kind === 'new') {
      const key = emailKey(match.email);
      const name = queries[index]?.subject.name ?? null;
      people.set(key, { id: newId(), email: match.email, email_key: key, name, salt: randomBytes(32).toString('hex') });
    }
  });
  const made = await insertPeople(
    tx,
    [...people.values()].sort((a, b) => (a.email_key < b.email_key ? -1 : 1)),
  );
  const identities = new Map<string, { connection: string; subject: string; person_id: string }>();
  matches.forEach((match, index) => {
    const query = queries[index];
    const person =
      match.kind === 'new' ? made.get(emailKey(match.email)) : match.kind === 'known' && match.learnsId ? match.person.id : undefined;
    if (person !== undefined && query && query.connection !== null && query.subject.id !== null) {
      const key = `${query.connection} ${query.subject.id}`;
      identities.set(key, identities.get(key) ?? { connection: query.connection, subject: query.subject.id, person_id: person });
    }
  });
  await insertIdentities(
    tx,
    [...identities.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
  );
  return people.size > 0 || identities.size > 0;
}

function present(match: Match, people: ReadonlyMap<string, PersonRow>): Found {
  const row = match.kind === 'known' ? people.get(match.person.id) : undefined;
  if (row) {
    return { kind: 'person', person: row };
  }
  return { kind: 'unresolved', reason: match.kind === 'unresolved' ? match.reason : 'the person could not be stored' };
}
