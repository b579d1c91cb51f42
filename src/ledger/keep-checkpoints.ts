import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { repeatUntilStopped } from '../kernel/repeat.ts';
import { insertCheckpoint, readLastCheckpoint } from './checkpoint-store.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import type { Signer } from './signer.ts';
import { readSize } from './tree-store.ts';

export interface CheckpointSchedule {
  /** A checkpoint is signed when this many entries have come since the last one, */
  readonly checkpointEntries: number;
  /** or when there is a new entry and the last one is this old. */
  readonly checkpointSeconds: number;
}

export interface KeepCheckpointsNeeds {
  readonly db: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  readonly schedule: CheckpointSchedule;
}

const LOOK_MS = 5_000;

/**
 * Signs checkpoints in the background and stores them: what the checker holds the ledger against. Each is logged as a whole, so that whoever keeps
 * the log has kept it too. The returned function stops it and waits for its end.
 */
export function keepCheckpoints(needs: KeepCheckpointsNeeds): () => Promise<void> {
  const { clock, log } = needs;
  const repetition = { clock, log, everyMs: LOOK_MS, failed: 'no checkpoint could be signed; it is tried again' };
  return repeatUntilStopped(repetition, async () => {
    await signWhenDue(needs);
  });
}

/** Whether a checkpoint was due. Of two processes that find so at once, one stores it. */
export async function signWhenDue({ db, signer, log, schedule }: KeepCheckpointsNeeds): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    if (!(await isDue(tx, schedule))) {
      return false;
    }
    const { statement, signed } = await signCheckpoint(tx, signer, null);
    await insertCheckpoint(tx, statement, signed.jws);
    tx.afterCommit(() => log.info({ size: statement.size, checkpoint: signed.jws }, 'a checkpoint of the ledger was signed'));
    return true;
  });
}

async function isDue(tx: Tx, { checkpointEntries, checkpointSeconds }: CheckpointSchedule): Promise<boolean> {
  const [size, last] = await Promise.all([readSize(tx.sql), readLastCheckpoint(tx.sql)]);
  if (size <= (last?.size ?? 0)) {
    return false;
  }
  return !last || size - last.size >= checkpointEntries || tx.now.getTime() - last.madeAt.getTime() >= checkpointSeconds * 1_000;
}
