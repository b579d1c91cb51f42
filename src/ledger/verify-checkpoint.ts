import { z } from 'zod';
import { messageOf } from '../kernel/errors.ts';
import { type BundleKeys, bundleSchema, type Consistency, type KeySet } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { type Checkpoint, checkpointFileSchema, checkpointSchema, headOf } from './checkpoint.ts';
import { isConsistent } from './proof.ts';
import { checkSignature } from './signature.ts';
import { CHECKPOINT_TYPE } from './signature-type.ts';
import { sha256 } from './tree.ts';

/** An earlier checkpoint that somebody has kept, after its signature was found to hold. */
export type KeptCheckpoint = Checkpoint;

export type CheckpointVerdict =
  | { readonly ok: true; readonly kid: string; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly problem: string };

/** Stops a check; the message says what is wrong with the file, without its name. */
export class Broken extends Error {}

/**
 * Checks a checkpoint with nothing but its bytes, and that it continues an earlier one where that is given. It never throws.
 *
 * @param text what `GET /v1/ledger/checkpoint` answered, or an evidence bundle, which carries a checkpoint too
 */
export async function verifyCheckpoint(text: string, trusted?: KeySet, kept?: KeptCheckpoint): Promise<CheckpointVerdict> {
  try {
    const { jws, keys, statement, consistency } = readCheckpoint(text);
    const { checkpoint, kid } = await checkCheckpoint(jws, trusted ?? keys);
    if (statement && canonicalJson(statement) !== canonicalJson(checkpoint)) {
      throw new Broken('what the file shows of the checkpoint is not what was signed');
    }
    if (statement) {
      checkKeys(keys, [kid]);
    }
    checkContinues(kept, checkpoint, consistency);
    return { ok: true, kid, checkpoint };
  } catch (error) {
    return { ok: false, problem: error instanceof Broken ? error.message : `the file cannot be checked: ${messageOf(error)}` };
  }
}

interface ReadCheckpoint {
  readonly jws: string;
  readonly keys: BundleKeys;
  readonly consistency: Consistency | null;
  readonly statement: Checkpoint | null;
}

function readCheckpoint(text: string): ReadCheckpoint {
  const file = readFile(text, z.union([checkpointFileSchema, bundleSchema]), 'a checkpoint');
  return 'payload' in file
    ? { jws: file.payload.checkpoint, keys: file.keys, consistency: file.payload.consistency, statement: null }
    : { jws: file.checkpoint, keys: file.keys, consistency: file.consistency, statement: file.statement };
}

/** Reads a file of ours; whatever is not read of it, nothing vouches for. */
export function readFile<T>(text: string, schema: z.ZodType<T>, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Broken(`the file is not JSON: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [first, list, index] = issue?.path ?? [];
    const where =
      first === 'payload' && list === 'entries' && typeof index === 'number' ? `, in entry number ${index + 1} of the list` : '';
    throw new Broken(`the file is not ${what} of this format${where}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (canonicalJson(json) !== canonicalJson(parsed.data)) {
    throw new Broken(`the file is not ${what} of this format: it holds members that are not read, so nothing vouches for them`);
  }
  return parsed.data;
}

export async function checkCheckpoint(jws: string, keys: KeySet): Promise<{ readonly checkpoint: Checkpoint; readonly kid: string }> {
  const checked = await checkSignature("the checkpoint's signature", jws, CHECKPOINT_TYPE, keys);
  if (!checked.ok) {
    throw new Broken(checked.problem);
  }
  const parsed = checkpointSchema.safeParse(JSON.parse(checked.text));
  if (!parsed.success || canonicalJson(parsed.data) !== checked.text) {
    throw new Broken('what the checkpoint signs is not a checkpoint of this format');
  }
  return { checkpoint: parsed.data, kid: checked.kid };
}

/** The keys that are brought along are those of the signatures, each once and under its own id. */
export function checkKeys({ keys }: BundleKeys, usedKids: readonly string[]): void {
  const stray = keys.find(
    ({ crv, kty, x, kid }) => sha256(Buffer.from(canonicalJson({ crv, kty, x }), 'utf8')).toString('base64url') !== kid,
  );
  if (stray) {
    throw new Broken(`the key ${stray.kid} is not the one that its id stands for`);
  }
  const [brought, used] = [keys.map(({ kid }) => kid).sort(), [...new Set(usedKids)].sort()];
  if (canonicalJson(brought) !== canonicalJson(used)) {
    throw new Broken(`the file brings the keys ${brought.join(', ')}, but was signed with ${used.join(', ')}`);
  }
}

/** That nothing was taken from the ledger, and nothing put in another's place, since the earlier checkpoint. */
export function checkContinues(kept: KeptCheckpoint | undefined, present: Checkpoint, consistency: Consistency | null): void {
  if (!kept) {
    return;
  }
  if (kept.log !== present.log) {
    throw new Broken(`it comes from the ledger ${present.log}, and the earlier checkpoint from another one, ${kept.log}`);
  }
  if (present.size < kept.size) {
    throw new Broken(
      present.time < kept.time
        ? `it was made before the checkpoint that it is compared with (${present.time}, ${kept.time}): compare them the other way round`
        : `entry ${present.size + 1} is the first that is missing: at ${kept.time} the ledger had ${kept.size} entries, at ${present.time} only ${present.size}. It was cut off, or replaced by an older copy`,
    );
  }
  const proof = present.size === kept.size ? [] : consistency?.from === kept.size ? consistency.proof : null;
  if (proof === null) {
    throw new Broken(
      `it does not prove that it continues the earlier checkpoint of ${kept.size} entries: download it once more, with --since <that checkpoint>`,
    );
  }
  if (!isConsistent(headOf(kept), headOf(present), proof)) {
    throw new Broken(
      `the first ${kept.size} entries of the ledger are not those of the earlier checkpoint (${kept.time}): something was changed, or the ledger was replaced by a copy that went on in another way`,
    );
  }
}
