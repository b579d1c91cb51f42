import { sql } from 'kysely';
import { type Database, type Opening, postRows, type Tx } from '../../database/database.ts';
import { isId } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Document } from './apply-patch.ts';
import type { ResourceType } from './schemas.ts';

type Kind = ResourceType['name'];

/** A resource as it is stored: without members, which have rows of their own. */
export interface Stored {
  readonly id: string;
  readonly connection: string;
  readonly kind: Kind;
  readonly nameKey: string;
  readonly externalId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly document: Document;
}

/** Which resources a list could be about, as far as an index tells. */
export interface Narrowing {
  readonly connection: string;
  readonly kind: Kind;
  readonly id?: string;
  readonly nameKey?: string;
  readonly externalId?: string;
}

export interface Row {
  readonly id: string;
  readonly connection: string;
  readonly name_key: string;
  readonly external_id: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly document: JsonObject;
}

const COLUMNS = ['id', 'connection', 'name_key', 'external_id', 'version', 'created_at', 'changed_at', 'document'] as const;

function fromRow(kind: Kind, row: Row): Stored {
  return {
    id: row.id,
    connection: row.connection,
    kind,
    nameKey: row.name_key,
    externalId: row.external_id,
    version: row.version,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    document: row.document,
  };
}

function select(db: Database, { connection, kind, id, nameKey, externalId }: Narrowing) {
  // The kind is spelled out, not given as a value: PostgreSQL recognises the condition of the indexes on names only so.
  let query = db.selectFrom('scim_resource').where('kind', '=', sql.lit(kind));
  if (id === undefined) {
    query = query.where('connection', '=', connection);
  } else {
    // By its id and by nothing else: with an index over its connection, PostgreSQL might look through all that the connection has.
    query = query
      .where('id', '=', isId(id) ? id : sql<string>`null::uuid`)
      .where(sql<boolean>`connection is not distinct from ${connection}`);
  }
  if (nameKey !== undefined) {
    query = query.where('name_key', '=', nameKey);
  }
  return externalId === undefined ? query : query.where('external_id', '=', externalId);
}

export async function countResources(db: Database, narrowing: Narrowing): Promise<number> {
  const { count } = await select(db, narrowing)
    .select((build) => build.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Resources in the order in which they were made. */
export async function readResources(db: Database, narrowing: Narrowing, page: { offset: number; limit: number }): Promise<Stored[]> {
  const rows = await select(db, narrowing).select(COLUMNS).orderBy('place').offset(page.offset).limit(page.limit).execute();
  return rows.map((row) => fromRow(narrowing.kind, row));
}

/** Users that have the address among their e-mails, in whatever case: two are enough to know that it tells nobody. No index helps here. */
export async function readUsersWithAddress(db: Database, connection: string, key: string): Promise<Stored[]> {
  const emails = sql`case json_typeof(document->'emails') when 'array' then document->'emails' else '[]' end`;
  const rows = await select(db, { connection, kind: 'User' })
    .select(COLUMNS)
    .where(sql<boolean>`exists (select from json_array_elements(${emails}) as one where lower(one->>'value') = ${key})`)
    .orderBy('place')
    .limit(2)
    .execute();
  return rows.map((row) => fromRow('User', row));
}

const CHUNK = 500;

/** Every resource, one chunk after the other, so that nothing else waits for all of them. */
export async function* readAllResources(db: Database, narrowing: Narrowing): AsyncGenerator<Stored[]> {
  for (let after = '0', rows = CHUNK; rows === CHUNK; ) {
    const chunk = await select(db, narrowing)
      .select([...COLUMNS, 'place'])
      .where('place', '>', after)
      .orderBy('place')
      .limit(CHUNK)
      .execute();
    yield chunk.map((row) => fromRow(narrowing.kind, row));
    after = chunk.at(-1)?.place ?? after;
    rows = chunk.length;
  }
}

/** Reads a resource and keeps other writers of it waiting, and then tells the time; see `toLocked`. */
export function lockResource(db: Database, narrowing: Narrowing & { readonly id: string }): Opening<Row, { at: Date }> {
  const lock = select(db, narrowing).select(COLUMNS).forNoKeyUpdate();
  return [lock.compile(), sql<{ at: Date }>`select clock_timestamp() as at`.compile(db)];
}

export interface Locked {
  readonly stored: Stored;
  /** The moment from which on nobody else writes it. */
  readonly at: Date;
}

/** What the queries of `lockResource` have found; null when there is no such resource. */
export function toLocked(kind: Kind, [row]: readonly Row[], [time]: readonly { readonly at: Date }[]): Locked | null {
  return row && time ? { stored: fromRow(kind, row), at: time.at } : null;
}

/** Whether another user has the name. */
export async function isNameTaken(tx: Tx, { id, connection, nameKey }: Stored): Promise<boolean> {
  const row = await select(tx.sql, { connection, kind: 'User', nameKey }).select('id').where('id', '<>', id).executeTakeFirst();
  return row !== undefined;
}

/** Makes a resource. When another transaction was first with its name, this one fails and is run again. */
export function insertResource(tx: Tx, one: Stored): void {
  const keys = { name_key: one.nameKey, external_id: one.externalId, version: one.version, document: one.document };
  postRows(tx, 'scim_resource', [
    { id: one.id, connection: one.connection, kind: one.kind, ...keys, created_at: one.createdAt, changed_at: one.changedAt },
  ]);
}

export function updateResource(tx: Tx, { id, nameKey, externalId, version, changedAt, document }: Stored): void {
  const update = tx.sql
    .updateTable('scim_resource')
    .set({ name_key: nameKey, external_id: externalId, version, changed_at: changedAt, document: JSON.stringify(document) })
    .where('id', '=', id);
  tx.post(update.compile());
}

/** Takes a resource away, and out of every group. */
export function deleteResource(tx: Tx, { id, connection }: Stored): void {
  const leave = sql`
    with gone as (delete from scim_member where connection = ${connection} and value = ${id} returning group_id)
    update scim_resource set version = version + 1, changed_at = now() where id in (select group_id from gone)`;
  tx.post(leave.compile(tx.sql));
  tx.post(tx.sql.deleteFrom('scim_resource').where('id', '=', id).compile());
}
