import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { canonicalJson } from './canonical.ts';
import { digestOf, extendChain, type Head } from './chain.ts';
import { type NewEntry, stampEntry } from './entry.ts';
import { insertEntries, insertLinks, lockSequencer, readCaseEntries, readHead, readPending, type StoredEntry } from './store.ts';

export { commitTo } from './commitment.ts';
export type { Entry, EntryKind, NewEntry } from './entry.ts';
export type { StoredEntry } from './store.ts';

/** How many entries get their place in one transaction. */
const BATCH = 500;
const IDLE_MS = 1_000;

/**
 * The append-only record.
 *
 * Writing is split in two, so that no writer ever waits for another: `append` stores entries within the caller's transaction, and a sequencer
 * (one at a time over all processes) gives committed entries their place in the hash chain shortly after.
 */
export interface Ledger {
  /** Records entries with the change that they describe: they are committed with `tx` or not at all. */
  append(tx: Tx, entries: readonly NewEntry[]): void;
  /** Chains everything that is committed by now and returns the head. */
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
  const seal = async (wait: boolean): Promise<Head> => {
    for (;;) {
      const { head, more } = await inTransaction(db, async (tx) => await sealBatch(tx, wait));
      if (!more) {
        return head;
      }
    }
  };
  return {
    append: (tx, entries) => {
      if (entries.length > 0) {
        insertEntries(
          tx,
          entries.map((entry) => ({ kind: entry.kind, caseId: entry.caseId, body: canonicalJson(stampEntry(entry, tx.now)) })),
        );
      }
    },
    seal: async () => await seal(true),
    entriesOf: async (caseId, afterId) => await readCaseEntries(db, caseId, afterId),
    keepSealed: () => repeatUntilStopped(clock, async () => await seal(false), log),
  };
}

async function sealBatch(tx: Tx, wait: boolean): Promise<{ head: Head; more: boolean }> {
  const alone = await lockSequencer(tx, wait);
  const head = await readHead(tx.sql);
  const pending = alone ? await readPending(tx, BATCH) : [];
  if (pending.length === 0) {
    return { head, more: false };
  }
  const links = extendChain(
    head,
    pending.map((entry) => digestOf(entry.body)),
  );
  await insertLinks(
    tx,
    links.map((link, index) => ({ ...link, entryId: pending[index]?.id ?? '' })),
  );
  return { head: links.at(-1) ?? head, more: pending.length === BATCH };
}

function repeatUntilStopped(clock: Clock, work: () => Promise<unknown>, log: Log): () => Promise<void> {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work().catch((error: unknown) => log.warn({ err: error }, 'the ledger could not be sealed; it is tried again'));
      await clock.sleep(IDLE_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = loop();
  return async () => {
    stopping.abort();
    await running;
  };
}
