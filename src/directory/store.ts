import { type CompiledQuery, sql } from 'kysely';
import { type Database, type NewRow, postRows, type Tx } from '../database/database.ts';
import type { BookEntry } from './book.ts';
import type { Query } from './directory.ts';
import { type AddressState, emailKey } from './match.ts';

/** What stands in the place of the salt of somebody who was erased. */
export const ERASED_SALT = '';

export interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly salt: string;
}

/** A row of `entriesOf`. Moments come as text: PostgreSQL made JSON of them. */
export interface EntryRow extends Omit<BookEntry, 'identities'> {
  readonly identities: readonly { connection: string; subject: string; key: string | null; at: string | null }[];
}

/** Reads everybody that any of the queries could mean, with all that is known of them. */
export function entriesOf(db: Database, queries: readonly Query[]): CompiledQuery<EntryRow> {
  const subjects = queries.flatMap(({ connection, subject, formerly }) =>
    [subject, ...(formerly ? [formerly] : [])].map((one) => ({ connection, ...one })),
  );
  const keys = subjects.flatMap(({ email, aliases = [] }) => [...(email === null ? [] : [email]), ...aliases].map(emailKey));
  const named = subjects.filter(({ connection, id }) => connection !== null && id !== null);
  const connections = named.map(({ connection }) => connection);
  const ids = named.map(({ id }) => id);
  return sql<EntryRow>`
    select person.id, person.email,
      (select json_agg(json_build_object('email', email, 'state', state) order by since, email_key)
        from person_email where person_id = person.id) as addresses,
      (select coalesce(json_agg(json_build_object('connection', connection, 'subject', subject, 'key', email_key, 'at', named_at)), '[]')
        from person_identity where person_id = person.id) as identities
    from person
    where person.id in (
      select person_id from person_email where email_key = any(${keys}::text[])
      union all
      select person_id from person_identity
      where (connection, subject) in (select * from unnest(${connections}::text[], ${ids}::text[])))`.compile(db);
}

export function toEntry(row: EntryRow): BookEntry {
  return {
    ...row,
    identities: row.identities.map((identity) => ({ ...identity, at: identity.at === null ? null : new Date(identity.at) })),
  };
}

/** Makes people. When another transaction was first with any of them, this one fails and is run again. */
export function insertPeople(tx: Tx, people: readonly (PersonRow & { readonly email_key: string })[]): void {
  postRows(tx, 'person', people);
}

/** Learns ids, under the same condition. */
export function insertIdentities(tx: Tx, identities: readonly NewRow<'person_identity'>[]): void {
  postRows(tx, 'person_identity', identities);
}

/** Learns addresses, under the same condition. */
export function insertAddresses(tx: Tx, addresses: readonly NewRow<'person_email'>[]): void {
  postRows(tx, 'person_email', addresses);
}

interface Rename {
  readonly id: string;
  readonly email: string;
  readonly email_key: string;
  readonly seen: string;
}

/** Renames people. When another transaction was first with any of them, this one fails and is run again; so for the two below. */
export function updatePeople(tx: Tx, renames: readonly Rename[]): void {
  if (renames.length === 0) {
    return;
  }
  const update = sql`
    with changed as (
      update person set email = given.email, email_key = given.email_key
      from json_to_recordset(${JSON.stringify(renames)}::json) as given(id uuid, email text, email_key text, seen text)
      where person.id = given.id and person.email_key = given.seen returning 1)
    select leaver_expect_rows((select count(*) from changed), ${renames.length}::bigint)`;
  tx.post(update.compile(tx.sql));
}

export function updateAddresses(
  tx: Tx,
  changes: readonly { readonly email_key: string; readonly state: AddressState; readonly seen: AddressState }[],
): void {
  if (changes.length === 0) {
    return;
  }
  const update = sql`
    with changed as (
      update person_email set state = given.state, since = ${tx.now}
      from json_to_recordset(${JSON.stringify(changes)}::json) as given(email_key text, state text, seen text)
      where person_email.email_key = given.email_key and person_email.state = given.seen returning 1)
    select leaver_expect_rows((select count(*) from changed), ${changes.length}::bigint)`;
  tx.post(update.compile(tx.sql));
}

interface NameChange {
  readonly connection: string;
  readonly subject: string;
  readonly email_key: string | null;
  readonly named_at: Date | null;
  readonly seen: string | null;
}

export function updateNames(tx: Tx, changes: readonly NameChange[]): void {
  if (changes.length === 0) {
    return;
  }
  const update = sql`
    with changed as (
      update person_identity set email_key = given.email_key, named_at = given.named_at
      from json_to_recordset(${JSON.stringify(changes)}::json)
        as given(connection text, subject text, email_key text, named_at timestamptz, seen text)
      where (person_identity.connection, person_identity.subject) = (given.connection, given.subject)
        and person_identity.email_key is not distinct from given.seen returning 1)
    select leaver_expect_rows((select count(*) from changed), ${changes.length}::bigint)`;
  tx.post(update.compile(tx.sql));
}

/** The id of whoever had the address. */
export async function markRecycled(tx: Tx, key: string): Promise<string | null> {
  const row = await tx.sql
    .updateTable('person_email')
    .set({ state: 'recycled', since: tx.now })
    .where('email_key', '=', key)
    .returning('person_id')
    .executeTakeFirst();
  return row?.person_id ?? null;
}

/**
 * Reads people and keeps other transactions that resolve them waiting, in one order, so that no two wait for each other crosswise. When one of them was
 * erased in this very moment, this transaction fails and is run again: then nobody is known by that name any more.
 */
export async function readPeople(tx: Tx, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  if (ids.length === 0) {
    return new Map();
  }
  const lock = tx.sql
    .selectFrom('person')
    .select(['id', 'email', 'name', 'salt'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .forNoKeyUpdate();
  const rows = await tx.ask(lock.compile());
  if (rows.length < new Set(ids).size || rows.some(({ salt }) => salt === ERASED_SALT)) {
    await sql`select leaver_expect_rows(0, 1)`.execute(tx.sql);
  }
  return new Map(rows.map((row) => [row.id, row]));
}

export async function readIdAt(db: Database, connection: string, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('person_identity')
    .innerJoin('person', 'person.id', 'person_identity.person_id')
    .select('person_identity.subject')
    .where('person.email_key', '=', key)
    .where('person_identity.connection', '=', connection)
    .executeTakeFirst();
  return row?.subject ?? null;
}

/** Somebody who is two people by id and by e-mail is nobody. */
export async function readAddresses(db: Database, connection: string, id: string | null, key: string | null): Promise<string[]> {
  const { rows } = await sql<{ email: string }>`
    with meant as (
      select person_id from person_identity where (connection, subject) = (${connection}, ${id})
      union
      select person_id from person_email where email_key = ${key} and state = 'current')
    select email from person_email
    where person_id in (select person_id from meant) and state = 'current' and (select count(*) from meant) = 1
    order by since, email_key`.execute(db);
  return rows.map(({ email }) => email);
}
