import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';
import type { Personal } from './commitment.ts';
import { type Entry, entrySchema, personalSchema } from './entry.ts';

/** An entry read back. `seq` is null while the entry has no place in the ledger yet. */
export interface StoredEntry {
  readonly id: number;
  readonly seq: number | null;
  readonly entry: Entry;
  /** What was set apart from it; null when there is nothing, or it was erased. */
  readonly personal: Personal | null;
}

export interface EntryRow {
  readonly kind: string;
  readonly case_id: string | null;
  readonly body: string;
  readonly personal: string | null;
}

/** Posts an insert of entries, in their order: each gets a new id, so no other transaction can have been first with any of them. */
export function insertEntries(tx: Tx, rows: readonly EntryRow[]): void {
  if (rows.length > 0) {
    const insert = sql`
      insert into ledger_entry (kind, case_id, body, personal)
      select kind, case_id, body, personal
      from json_to_recordset(${JSON.stringify(rows)}::json) as given(kind text, case_id uuid, body text, personal text)`;
    tx.post(insert.compile(tx.sql));
  }
}

/** Looked up one by one: as a join, PostgreSQL might read all entries for it. */
export async function readPending(tx: Tx, limit: number): Promise<{ id: string; body: string }[]> {
  const { rows } = await sql<{ id: string; body: string | null }>`
    select pending.entry_id as id, entry.body
    from (select entry_id from ledger_pending order by entry_id limit ${limit}) as pending
    cross join lateral (select body from ledger_entry where id = pending.entry_id limit 1) as entry
    order by pending.entry_id`.execute(tx.sql);
  return rows.map(({ id, body }) => ({ id, body: body ?? '' }));
}

export async function removePending(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from ledger_pending where entry_id = any(${ids}::bigint[])`.execute(tx.sql);
}

/** The entries of a case in the order of their making, those with an id above `afterId` only. Those that were pruned are left out. */
export async function readCaseEntries(db: Database, caseId: string, afterId = 0): Promise<StoredEntry[]> {
  const rows = await db
    .selectFrom('ledger_entry')
    .leftJoin('ledger_leaf', 'ledger_leaf.entry_id', 'ledger_entry.id')
    .select(['ledger_entry.id', 'ledger_leaf.seq', 'ledger_entry.body', 'ledger_entry.personal'])
    .where('case_id', '=', caseId)
    .where('ledger_entry.id', '>', String(afterId))
    .orderBy('ledger_entry.id')
    .execute();
  return rows.flatMap(({ id, seq, body, personal }) =>
    body === null
      ? []
      : [{ id: Number(id), seq: seq === null ? null : Number(seq), entry: parseEntry(body), personal: parsePersonal(personal) }],
  );
}

export function parseEntry(body: string): Entry {
  return entrySchema.parse(JSON.parse(body));
}

export function parsePersonal(text: string | null): Personal | null {
  return text === null ? null : personalSchema.parse(JSON.parse(text));
}
