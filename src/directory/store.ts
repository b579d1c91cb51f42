import { sql } from 'kysely';
import { postRows, type Tx } from '../database/database.ts';
import type { BookEntry } from './book.ts';
import type { Query } from './directory.ts';
import { emailKey } from './match.ts';

export interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly salt: string;
}

export interface IdentityRow {
  readonly connection: string;
  readonly subject: string;
  readonly person_id: string;
}

/** Reads everybody that any of the queries could mean. */
export async function readEntries(tx: Tx, queries: readonly Query[]): Promise<BookEntry[]> {
  if (queries.length === 0) {
    return [];
  }
  const keys = queries.flatMap(({ subject }) => (subject.email === null ? [] : [emailKey(subject.email)]));
  const named = queries.filter(({ connection, subject }) => connection !== null && subject.id !== null);
  const connections = named.map(({ connection }) => connection);
  const ids = named.map(({ subject }) => subject.id);
  const { rows } = await sql<BookEntry>`
    select person.id, person.email, person_identity.connection, person_identity.subject
    from person left join person_identity on person_identity.person_id = person.id
    where person.id in (
      select id from person where email_key = any(${keys}::text[])
      union all
      select person_id from person_identity
      where (connection, subject) in (select * from unnest(${connections}::text[], ${ids}::text[])))`.execute(tx.sql);
  return rows;
}

/** Makes people. When another transaction was first with any of them, this one fails and is run again. */
export function insertPeople(tx: Tx, people: readonly (PersonRow & { readonly email_key: string })[]): void {
  postRows(tx, 'person', people);
}

/** Learns ids, under the same condition. */
export function insertIdentities(tx: Tx, identities: readonly IdentityRow[]): void {
  postRows(tx, 'person_identity', identities);
}

/** Reads people and keeps other transactions that resolve them waiting, in one order, so that no two wait for each other crosswise. */
export async function readPeople(tx: Tx, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  if (ids.length === 0) {
    return new Map();
  }
  const rows = await tx.sql
    .selectFrom('person')
    .select(['id', 'email', 'name', 'salt'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
