import { sql } from 'kysely';
import { insertRows } from '../database/insert-rows.ts';
import type { Tx } from '../database/transaction.ts';
import type { Query } from './directory.ts';
import { type Candidates, emailKey, type KnownPerson } from './match.ts';

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

/** Reads everybody that any of the queries could mean, and answers for each. */
export async function findCandidates(tx: Tx, queries: readonly Query[]): Promise<(query: Query) => Candidates> {
  const keys = queries.flatMap(({ subject }) => (subject.email === null ? [] : [emailKey(subject.email)]));
  const named = queries.filter(({ connection, subject }) => connection !== null && subject.id !== null);
  const connections = named.map(({ connection }) => connection);
  const ids = named.map(({ subject }) => subject.id);
  const { rows } = await sql<{ id: string; email: string; email_key: string; connection: string | null; subject: string | null }>`
    select person.id, person.email, person.email_key, person_identity.connection, person_identity.subject
    from person left join person_identity on person_identity.person_id = person.id
    where person.id in (
      select id from person where email_key = any(${keys}::text[])
      union all
      select person_id from person_identity
      where (connection, subject) in (select * from unnest(${connections}::text[], ${ids}::text[])))`.execute(tx.sql);
  const byEmail = new Map<string, KnownPerson>();
  const byId = new Map<string, KnownPerson>();
  const idOf = new Map<string, string>();
  for (const row of rows) {
    const person = { id: row.id, email: row.email };
    byEmail.set(row.email_key, person);
    if (row.connection !== null && row.subject !== null) {
      byId.set(`${row.connection} ${row.subject}`, person);
      idOf.set(`${row.connection} ${row.id}`, row.subject);
    }
  }
  return ({ connection, subject }) => {
    const owner = subject.email === null ? null : (byEmail.get(emailKey(subject.email)) ?? null);
    return {
      byId: subject.id === null ? null : (byId.get(`${connection} ${subject.id}`) ?? null),
      byEmail: owner,
      idOfEmail: owner ? (idOf.get(`${connection} ${owner.id}`) ?? null) : null,
    };
  };
}

/** Makes people who are not there yet; the answer has the id of each by the key of the e-mail, whoever made them. */
export async function insertPeople(tx: Tx, people: readonly (PersonRow & { readonly email_key: string })[]): Promise<Map<string, string>> {
  if (people.length === 0) {
    return new Map();
  }
  const inserted = await insertRows(tx, 'person', people)
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returning(['id', 'email_key'])
    .execute();
  const keys = people.map((person) => person.email_key);
  const rows =
    inserted.length === people.length
      ? inserted
      : await tx.sql.selectFrom('person').select(['id', 'email_key']).where('email_key', '=', sql<string>`any(${keys}::text[])`).execute();
  return new Map(rows.map((row) => [row.email_key, row.id]));
}

/**
 * Learns ids, and says how many. One that would give a second id to a person on the same connection is left out: the address may have
 * passed to somebody else.
 */
export async function insertIdentities(tx: Tx, identities: readonly IdentityRow[]): Promise<number> {
  if (identities.length === 0) {
    return 0;
  }
  const inserted = await insertRows(tx, 'person_identity', identities)
    .onConflict((conflict) => conflict.doNothing())
    .returning('subject')
    .execute();
  return inserted.length;
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
