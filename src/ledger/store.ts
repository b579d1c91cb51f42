import { sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import type { Head, Link } from './chain.ts';
import { EMPTY_HEAD } from './chain.ts';
import type { Entry } from './entry.ts';
import { ENTRY_KINDS } from './entry.ts';

/** One sequencer at a time, in every process on this database: the key of a transaction-level advisory lock. */
const SEQUENCER_LOCK = 7_305_261;

const entrySchema = z.object({
  v: z.literal(1),
  at: z.string(),
  kind: z.enum(ENTRY_KINDS),
  caseId: z.string().nullable(),
  data: z.record(z.string(), z.json()),
});

/** An entry read back. `seq` is null while the entry has no place in the chain yet. */
export interface StoredEntry {
  readonly id: number;
  readonly seq: number | null;
  readonly entry: Entry;
}

export function insertEntries(tx: Tx, rows: readonly { kind: string; caseId: string | null; body: string }[]): void {
  const given = rows.map((row) => ({ kind: row.kind, case_id: row.caseId, body: row.body }));
  postRows(tx, 'ledger_entry', given);
}

/** Takes the sequencer's lock for this transaction; waits for its holder when `wait` is set. */
export async function lockSequencer(tx: Tx, wait: boolean): Promise<boolean> {
  if (wait) {
    await sql`select pg_advisory_xact_lock(${SEQUENCER_LOCK}::bigint)`.execute(tx.sql);
    return true;
  }
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}::bigint) as locked`.execute(tx.sql);
  return rows[0]?.locked === true;
}

export async function readHead(db: Database): Promise<Head> {
  const row = await db.selectFrom('ledger_chain').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row ? { seq: Number(row.seq), hash: row.hash } : EMPTY_HEAD;
}

export async function readPending(tx: Tx, limit: number): Promise<{ id: string; body: string }[]> {
  return await tx.sql
    .selectFrom('ledger_pending')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'ledger_pending.entry_id')
    .select(['ledger_entry.id', 'ledger_entry.body'])
    .orderBy('ledger_entry.id')
    .limit(limit)
    .execute();
}

export async function insertLinks(tx: Tx, links: readonly (Link & { entryId: string })[]): Promise<void> {
  await tx.sql
    .insertInto('ledger_chain')
    .values(links.map((link) => ({ seq: String(link.seq), entry_id: link.entryId, digest: link.digest, hash: link.hash })))
    .execute();
  const ids = links.map((link) => link.entryId);
  await sql`delete from ledger_pending where entry_id = any(${ids}::bigint[])`.execute(tx.sql);
}

/** The entries of a case in the order of their making, those with an id above `afterId` only. */
export async function readCaseEntries(db: Database, caseId: string, afterId = 0): Promise<StoredEntry[]> {
  const rows = await db
    .selectFrom('ledger_entry')
    .leftJoin('ledger_chain', 'ledger_chain.entry_id', 'ledger_entry.id')
    .select(['ledger_entry.id', 'ledger_chain.seq', 'ledger_entry.body'])
    .where('case_id', '=', caseId)
    .where('ledger_entry.id', '>', String(afterId))
    .orderBy('ledger_entry.id')
    .execute();
  return rows.map((row) => ({ id: Number(row.id), seq: row.seq === null ? null : Number(row.seq), entry: parseEntry(row.body) }));
}

/** Digests of the chain from position `from` on, in order, and the head right before it. */
export async function readChainFrom(db: Database, from: number): Promise<{ before: Head; links: Link[] }> {
  const rows = await db
    .selectFrom('ledger_chain')
    .select(['seq', 'digest', 'hash'])
    .where('seq', '>=', String(from - 1))
    .orderBy('seq')
    .execute();
  const links = rows.map((row) => ({ seq: Number(row.seq), digest: row.digest, hash: row.hash }));
  const [first, ...rest] = links;
  return first && first.seq === from - 1 ? { before: first, links: rest } : { before: EMPTY_HEAD, links };
}

export function parseEntry(body: string): Entry {
  return entrySchema.parse(JSON.parse(body));
}
