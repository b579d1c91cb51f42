import { z } from 'zod';
import { bundleKeysSchema, consistencySchema } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { EMPTY_HEAD, type Head } from './tree.ts';

export const CHECKPOINT_FORMAT = 'leaver-checkpoint/1';

/** What a checkpoint says, and what is signed: at this time the ledger had this many entries, and this hash stands for all of them. */
export const checkpointSchema = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  /** The ledger's own id, so that those of two services are not mistaken for each other. */
  log: z.uuid(),
  size: z.int().nonnegative(),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  time: z.iso.datetime(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** A checkpoint as it is given out and kept. `statement` is what the JWS says, written out for people. */
export const checkpointFileSchema = z.strictObject({
  checkpoint: z.string(),
  statement: checkpointSchema,
  consistency: consistencySchema.nullable(),
  keys: bundleKeysSchema,
});
export type CheckpointFile = z.infer<typeof checkpointFileSchema>;

export function checkpointOf(log: string, { size, root }: Head, time: Date): Checkpoint {
  return { format: CHECKPOINT_FORMAT, log, size, root: root.toString('hex'), time: time.toISOString() };
}

/** The text over which a checkpoint's signature is made. */
export function printCheckpoint(checkpoint: Checkpoint): string {
  return canonicalJson(checkpoint);
}

export function headOf({ size, root }: Pick<Checkpoint, 'size' | 'root'>): Head {
  return size === 0 ? EMPTY_HEAD : { size, root: Buffer.from(root, 'hex') };
}
