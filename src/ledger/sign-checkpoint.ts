import { type Database, inSnapshot, type Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import type { Consistency } from './bundle.ts';
import { type Checkpoint, type CheckpointFile, checkpointOf, printCheckpoint } from './checkpoint.ts';
import type { Ledger } from './ledger.ts';
import { consistencyRanges, proofOf } from './proof.ts';
import { CHECKPOINT_TYPE } from './signature-type.ts';
import type { Signed, Signer } from './signer.ts';
import { readHead, readLogId, readProofNodes, readSize } from './tree-store.ts';

export interface SignedCheckpoint {
  readonly statement: Checkpoint;
  readonly signed: Signed;
  readonly consistency: Consistency | null;
}

export interface CheckpointNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
}

/** A checkpoint of everything that is committed by now, as it is given out and kept. */
export async function makeCheckpoint({ db, ledger, signer }: CheckpointNeeds, from: number | null): Promise<CheckpointFile> {
  await ledger.seal();
  const { statement, signed, consistency } = await inSnapshot(db, async (tx) => await signCheckpoint(tx, signer, from));
  return { checkpoint: signed.jws, statement, consistency, keys: { keys: [signed.key] } };
}

/**
 * Signs what the ledger is within the transaction, which must see one moment.
 *
 * @param from the size of an earlier checkpoint, to be proven a beginning of this one
 * @throws LeaverError `conflict` when the ledger is smaller than that
 */
export async function signCheckpoint(tx: Tx, signer: Signer, from: number | null): Promise<SignedCheckpoint> {
  const [log, size] = await Promise.all([readLogId(tx.sql), readSize(tx.sql)]);
  const head = await readHead(tx.sql, size);
  const statement = checkpointOf(log, head, tx.now);
  return {
    statement,
    signed: await signer.sign(printCheckpoint(statement), CHECKPOINT_TYPE),
    consistency: from === null ? null : { from, proof: await proveConsistency(tx, from, size) },
  };
}

async function proveConsistency(tx: Tx, from: number, size: number): Promise<string[]> {
  if (from > size) {
    throw new LeaverError(
      'conflict',
      `This ledger has ${size} entries, fewer than the ${from} of the earlier checkpoint: it has lost entries, or is another one than the checkpoint speaks of. Keep the checkpoint, compare its log id, and look for a database that was restored from an older backup.`,
    );
  }
  const ranges = consistencyRanges(from, size);
  return proofOf(ranges, await readProofNodes(tx.sql, ranges));
}
