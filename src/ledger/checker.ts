import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { repeatUntilStopped } from '../kernel/repeat.ts';
import { readFound, readHashes } from './check-store.ts';
import { readLastCheckpoint, readNextCheckpoint } from './checkpoint-store.ts';
import { faultOf } from './inspect.ts';
import { MEMORY_NAME, type Memory } from './memory.ts';
import type { Signer } from './signer.ts';
import { completeWithin, EMPTY_HEAD, growTree, type Head } from './tree.ts';
import { readLogId, readSize } from './tree-store.ts';
import { checkCheckpoint } from './verify-checkpoint.ts';

/** What is known of the ledger's soundness in this process. */
export interface LedgerStatus {
  readonly ok: boolean;
  /** How many entries, from the first, were found to be as they were recorded. */
  readonly checked: number;
  /** When the last check ended; null before the first has. */
  readonly checkedAt: string | null;
  /** What is wrong, and at which entry first; null when nothing is. */
  readonly problem: string | null;
}

/** Looks again and again whether the ledger is as it was recorded. */
export interface LedgerChecker {
  status(): LedgerStatus;
  /** Checks what is new since the last time, and the whole ledger the first time and once a day. Never throws for a ledger that is broken. */
  check(signal?: AbortSignal): Promise<LedgerStatus>;
  /** Starts checking in the background; the returned function stops it and waits for its end. */
  keepChecking(): () => Promise<void>;
}

export interface CheckerNeeds {
  readonly db: Database;
  readonly signer: Pick<Signer, 'publicKeys'>;
  /** What this machine remembers of the ledger, outside of its database. */
  readonly memory: Memory;
  readonly clock: Clock;
  readonly log: Log;
  readonly everySeconds: number;
  /** Called once for each break that is found, after it was logged. */
  readonly onBreak?: (problem: string) => void;
}

const BATCH = 500;
const WHOLE_AGAIN_MS = 86_400_000;

/** How far the ledger was found sound: the head over the first entries, and the hashes it is made of. */
interface Reached {
  readonly head: Head;
  readonly edge: readonly Buffer[];
}

const START: Reached = { head: EMPTY_HEAD, edge: [] };

class Break extends Error {}

export function createLedgerChecker(needs: CheckerNeeds): LedgerChecker {
  const { clock, log, everySeconds, onBreak } = needs;
  let status: LedgerStatus = { ok: true, checked: 0, checkedAt: null, problem: null };
  let reached = START;
  let beganAt = clock.monotonic();

  const conclude = (problem: string | null): LedgerStatus => {
    if (problem !== null && problem !== status.problem) {
      log.error({ alert: 'ledger-broken', checked: reached.head.size }, `the ledger does not verify: ${problem}`);
      onBreak?.(problem);
    } else if (problem === null && status.problem !== null) {
      log.warn({ checked: reached.head.size }, 'the ledger verifies again');
    }
    status = { ok: problem === null, checked: reached.head.size, checkedAt: clock.now().toISOString(), problem };
    return status;
  };

  const check = async (signal?: AbortSignal): Promise<LedgerStatus> => {
    if (clock.monotonic() - beganAt >= WHOLE_AGAIN_MS) {
      [reached, beganAt] = [START, clock.monotonic()];
    }
    try {
      await assertKept(needs, reached);
      for (let next = await goOn(needs, reached); next; next = await goOn(needs, reached)) {
        reached = next;
        if (signal?.aborted) {
          return status;
        }
      }
      await assertNothingLost(needs, reached);
      await needs.memory.keep({ log: await readLogId(needs.db), ...reached.head });
      return conclude(null);
    } catch (error) {
      if (error instanceof Break) {
        return conclude(error.message);
      }
      throw error;
    }
  };
  return {
    status: () => status,
    check,
    keepChecking: () =>
      repeatUntilStopped(
        { clock, log, everyMs: everySeconds * 1_000, failed: 'the ledger could not be checked; it is tried again' },
        async (signal) => {
          await check(signal);
        },
      ),
  };
}

/** What was found sound before is still there: the tree under it was not put in another's place meanwhile. */
async function assertKept({ db }: CheckerNeeds, { head, edge }: Reached): Promise<void> {
  const stored = await readHashes(db, completeWithin({ begin: 0, end: head.size }));
  if (stored.some((hash, index) => !hash || !edge[index]?.equals(hash))) {
    throw new Break(`the first ${head.size} entries are not those that were there before`);
  }
}

/** Checks the next entries, up to the next place that something is known of; null when there are none. */
async function goOn(needs: CheckerNeeds, { head, edge }: Reached): Promise<Reached | null> {
  const { db } = needs;
  const [checkpoint, remembered] = await Promise.all([readNextCheckpoint(db, head.size), needs.memory.recall()]);
  const stops = [checkpoint?.size, remembered?.size].filter((size) => size !== undefined && size > head.size) as number[];
  const found = await readFound(db, head.size, Math.min(BATCH, ...stops.map((size) => size - head.size)));
  if (found.length === 0) {
    return null;
  }
  const hashes = found.map((entry, index) => {
    const fault = faultOf(entry, head.size + index + 1);
    if (fault !== null || !entry.hash) {
      throw new Break(fault ?? '');
    }
    return entry.hash;
  });
  const { head: grown, nodes } = growTree(head.size, edge, hashes);
  const stored = await readHashes(db, nodes);
  const stray = nodes.find(({ hash }, index) => !stored[index]?.equals(hash));
  if (stray) {
    throw new Break(`the tree does not follow from its entries at node ${stray.level}/${stray.position}, before entry ${grown.size + 1}`);
  }
  if (checkpoint?.size === grown.size) {
    await assertSealed(needs, checkpoint.jws, grown);
  }
  if (remembered?.size === grown.size && !remembered.root.equals(grown.root)) {
    throw new Break(
      `the first ${grown.size} entries are not those that ${MEMORY_NAME} remembers: the ledger was replaced by a copy that went on in another way. When you have restored a backup on purpose, move that file away`,
    );
  }
  return { head: grown, edge: edgeOf(head.size, edge, nodes, grown.size) };
}

function edgeOf(before: number, edge: readonly Buffer[], nodes: ReturnType<typeof growTree>['nodes'], size: number): Buffer[] {
  const known = new Map(completeWithin({ begin: 0, end: before }).map((place, index) => [`${place.level}/${place.position}`, edge[index]]));
  for (const { level, position, hash } of nodes) {
    known.set(`${level}/${position}`, hash);
  }
  return completeWithin({ begin: 0, end: size }).flatMap(({ level, position }) => known.get(`${level}/${position}`) ?? []);
}

async function assertSealed({ signer }: CheckerNeeds, jws: string, head: Head): Promise<void> {
  const { checkpoint } = await checkCheckpoint(jws, { keys: await signer.publicKeys() }).catch((error: unknown) => {
    throw new Break(`the checkpoint of ${head.size} entries is not one of ours: ${messageOf(error)}`);
  });
  if (checkpoint.size !== head.size || checkpoint.root !== head.root.toString('hex')) {
    throw new Break(`the first ${head.size} entries are not those that were signed at ${checkpoint.time}`);
  }
}

/** The end is where the last checkpoint, and what this machine remembers, have it at least. */
async function assertNothingLost({ db, memory }: CheckerNeeds, { head }: Reached): Promise<void> {
  const [last, remembered, log] = await Promise.all([readLastCheckpoint(db), memory.recall(), readLogId(db)]);
  // Read after them: meanwhile it can only have grown.
  const size = await readSize(db);
  const known = Math.max(last?.size ?? 0, remembered?.size ?? 0, head.size);
  if (size < known) {
    throw new Break(
      `entry ${size + 1} is the first that is missing: there were ${known} entries before. The ledger was cut off, or replaced by an older copy; when you have restored a backup on purpose, move ${MEMORY_NAME} away`,
    );
  }
  if (remembered && remembered.log !== log) {
    throw new Break(
      `this ledger (${log}) is another one than ${MEMORY_NAME} remembers (${remembered.log}); when that is on purpose, move that file away`,
    );
  }
}
