import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';
import { placesOf } from './proof.ts';
import { completeWithin, foldHashes, type Head, type Node, type Place, type Range } from './tree.ts';

/** One sequencer at a time, in every process on this database: the key of a transaction-level advisory lock. */
const SEQUENCER_LOCK = 7_305_261;

/** Takes the sequencer's lock for this transaction; waits for its holder when `wait` is set. */
export async function lockSequencer(tx: Tx, wait: boolean): Promise<boolean> {
  if (wait) {
    await sql`select pg_advisory_xact_lock(${SEQUENCER_LOCK}::bigint)`.execute(tx.sql);
    return true;
  }
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}::bigint) as locked`.execute(tx.sql);
  return rows[0]?.locked === true;
}

export async function readLogId(db: Database): Promise<string> {
  return (await db.selectFrom('ledger_log').select('id').executeTakeFirstOrThrow()).id;
}

/** How many entries have their place. */
export async function readSize(db: Database): Promise<number> {
  const row = await db.selectFrom('ledger_leaf').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row ? Number(row.seq) : 0;
}

/** The hashes of the complete subtrees that make up a tree of this size, from the left. */
export async function readEdge(db: Database, size: number): Promise<Buffer[]> {
  const places = completeWithin({ begin: 0, end: size });
  const hashes = await readNodes(db, places);
  return places.map((place) => hashes(place));
}

/** The head that the ledger had when it was this large. */
export async function readHead(db: Database, size: number): Promise<Head> {
  return { size, root: foldHashes(await readEdge(db, size)) };
}

/** What proofs over these ranges are made of. */
export async function readProofNodes(db: Database, ranges: readonly Range[]): Promise<(place: Place) => Buffer> {
  return await readNodes(db, placesOf(ranges));
}

async function readNodes(db: Database, places: readonly Place[]): Promise<(place: Place) => Buffer> {
  const wanted = new Map(places.map((place) => [nameOf(place), place]));
  const { rows } =
    wanted.size === 0
      ? { rows: [] }
      : await sql<{ level: number; position: string; hash: Buffer }>`
          select node.level, node.position, node.hash
          from unnest(${[...wanted.values()].map(({ level }) => level)}::int[], ${[...wanted.values()].map(({ position }) => position)}::bigint[])
            as wanted(level, position)
          join ledger_node as node on node.level = wanted.level and node.position = wanted.position`.execute(db);
  const hashes = new Map(rows.map(({ level, position, hash }) => [nameOf({ level, position: Number(position) }), hash]));
  return (place) => {
    const hash = hashes.get(nameOf(place));
    if (!hash) {
      throw new Error(`the ledger's tree lacks its node ${nameOf(place)}`);
    }
    return hash;
  };
}

function nameOf({ level, position }: Place): string {
  return `${level}/${position}`;
}

/** Puts entries into the places behind `size`, with all nodes that become complete by it. */
export async function insertLeaves(tx: Tx, size: number, entryIds: readonly string[], nodes: readonly Node[]): Promise<void> {
  await sql`
    insert into ledger_leaf (seq, entry_id)
    select ${size}::bigint + place, entry_id from unnest(${entryIds}::bigint[]) with ordinality as given(entry_id, place)`.execute(tx.sql);
  await sql`
    insert into ledger_node (level, position, hash)
    select * from unnest(${nodes.map(({ level }) => level)}::smallint[], ${nodes.map(({ position }) => position)}::bigint[],
      ${nodes.map(({ hash }) => hash)}::bytea[])`.execute(tx.sql);
}
