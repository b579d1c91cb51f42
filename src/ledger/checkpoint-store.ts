import type { Database, Tx } from '../database/database.ts';
import type { Checkpoint } from './checkpoint.ts';

export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  readonly madeAt: Date;
  readonly jws: string;
}

/** Keeps a checkpoint; of two of the same size the first one stays. */
export async function insertCheckpoint(tx: Tx, { size, root }: Checkpoint, jws: string): Promise<void> {
  await tx.sql
    .insertInto('ledger_checkpoint')
    .values({ size: String(size), root: Buffer.from(root, 'hex'), made_at: tx.now, jws })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .execute();
}

export async function readLastCheckpoint(db: Database): Promise<StoredCheckpoint | null> {
  const row = await db.selectFrom('ledger_checkpoint').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
  return row ? toCheckpoint(row) : null;
}

/** The first checkpoint of more entries than `size`. */
export async function readNextCheckpoint(db: Database, size: number): Promise<StoredCheckpoint | null> {
  const next = db.selectFrom('ledger_checkpoint').selectAll().where('size', '>', String(size)).orderBy('size').limit(1);
  const row = await next.executeTakeFirst();
  return row ? toCheckpoint(row) : null;
}

function toCheckpoint({ size, root, made_at, jws }: { size: string; root: Buffer; made_at: Date; jws: string }): StoredCheckpoint {
  return { size: Number(size), root, madeAt: made_at, jws };
}
