import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Place } from './tree.ts';

/** An entry with all that is stored of it, as it is found: nothing of it is believed. */
export interface FoundEntry {
  readonly seq: number;
  readonly kind: string;
  readonly caseId: string | null;
  readonly body: string | null;
  readonly personal: string | null;
  /** The hash that the tree has of it; null when it has none. */
  readonly hash: Buffer | null;
  /** Whether a later entry says that its case was pruned, or its person erased. */
  readonly pruned: boolean;
  readonly erased: boolean;
}

/** The entries in the places behind `size`, in their order. */
export async function readFound(db: Database, size: number, limit: number): Promise<FoundEntry[]> {
  const { rows } = await sql<Omit<FoundEntry, 'seq'> & { seq: string }>`
    select leaf.seq, entry.kind, entry.case_id as "caseId", entry.body, entry.personal, node.hash,
      exists (select from ledger_entry where case_id = entry.case_id and kind = 'case.pruned' and id > entry.id) as pruned,
      exists (select from ledger_entry where case_id = entry.case_id and kind = 'case.erased' and id > entry.id)
        or (entry.case_id is null and exists (select from ledger_entry where kind in ('person.erased', 'signals.pruned') and case_id is null and id > entry.id)) as erased
    from ledger_leaf leaf
    join ledger_entry entry on entry.id = leaf.entry_id
    left join ledger_node node on node.level = 0 and node.position = leaf.seq - 1
    where leaf.seq > ${size} order by leaf.seq limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** The hashes that are stored at these places, null where there is none. */
export async function readHashes(db: Database, places: readonly Place[]): Promise<(Buffer | null)[]> {
  const { rows } = await sql<{ hash: Buffer | null }>`
    select node.hash
    from unnest(${places.map(({ level }) => level)}::int[], ${places.map(({ position }) => position)}::bigint[])
      with ordinality as wanted(level, position, number)
    left join ledger_node as node on node.level = wanted.level and node.position = wanted.position
    order by wanted.number`.execute(db);
  return rows.map(({ hash }) => hash);
}
