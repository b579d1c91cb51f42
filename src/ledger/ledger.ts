import { randomBytes } from 'node:crypto';
import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { repeatUntilStopped } from '../kernel/repeat.ts';
import { canonicalJson } from './canonical.ts';
import { type NewEntry, stampEntry } from './entry.ts';
import { type EntryRow, insertEntries, readCaseEntries, readPending, removePending, type StoredEntry } from './store.ts';
import { growTree, type Head, leafHash } from './tree.ts';
import { insertLeaves, lockSequencer, readEdge, readHead, readSize } from './tree-store.ts';

export { commitTo } from './commitment.ts';
export type { Entry, EntryKind, NewEntry } from './entry.ts';
export { forgetApart, pruneBodies } from './part-store.ts';
export type { StoredEntry } from './store.ts';

/** How many entries get their place in one transaction. */
const BATCH = 500;
/** Whoever watches a case hears of an entry when it gets its place. */
const IDLE_MS = 250;

/**
 * The append-only record.
 *
 * Writing is split in two, so that no writer ever waits for another: `append` stores entries within the caller's transaction, and a sequencer
 * (one at a time over all processes) gives committed entries their place in the tree shortly after.
 */
export interface Ledger {
  /** Records entries with the change that they describe: they are committed with `tx` or not at all. */
  append(tx: Tx, entries: readonly NewEntry[]): void;
  /** Gives everything that is committed by now its place, and returns the head. */
  seal(): Promise<Head>;
  /** What was recorded of a case, oldest first; only entries after the one with id `afterId`. */
  entriesOf(caseId: string, afterId?: number): Promise<StoredEntry[]>;
  /** Starts sealing in the background; the returned function stops it and waits for its end. */
  keepSealed(): () => Promise<void>;
}

export interface LedgerNeeds {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
}

export function createLedger({ db, clock, log }: LedgerNeeds): Ledger {
  return {
    append: (tx, entries) =>
      insertEntries(
        tx,
        entries.map((entry) => toRow(entry, tx.now)),
      ),
    seal: async () => await readHead(db, await sealAll(db, true)),
    entriesOf: async (caseId, afterId) => await readCaseEntries(db, caseId, afterId),
    keepSealed: () =>
      repeatUntilStopped({ clock, log, everyMs: IDLE_MS, failed: 'the ledger could not be sealed; it is tried again' }, async () => {
        await sealAll(db, false);
      }),
  };
}

const newSalt = (): string => randomBytes(32).toString('hex');

function toRow(given: NewEntry, at: Date): EntryRow {
  const { entry, personal } = stampEntry(given, at, newSalt);
  return { kind: entry.kind, case_id: entry.caseId, body: canonicalJson(entry), personal: personal && canonicalJson(personal) };
}

/** Gives whatever is committed by now its place; how many entries have theirs then. Without `wait`, it leaves the work to whoever is at it. */
async function sealAll(db: Database, wait: boolean): Promise<number> {
  for (;;) {
    const { size, more } = await inTransaction(db, async (tx) => await sealBatch(tx, wait));
    if (!more) {
      return size;
    }
  }
}

async function sealBatch(tx: Tx, wait: boolean): Promise<{ size: number; more: boolean }> {
  const alone = await lockSequencer(tx, wait);
  const [size, pending] = await Promise.all([readSize(tx.sql), alone ? readPending(tx, BATCH) : []]);
  if (pending.length === 0) {
    return { size, more: false };
  }
  const leaves = pending.map(({ body }) => leafHash(body));
  const { head, nodes } = growTree(size, await readEdge(tx.sql, size), leaves);
  const ids = pending.map(({ id }) => id);
  await insertLeaves(tx, size, ids, nodes);
  await removePending(tx, ids);
  return { size: head.size, more: pending.length === BATCH };
}
