import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { repeatUntilStopped } from '../kernel/repeat.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { prune } from './prune.ts';

export { type Erased, type Erasure, erase } from './erase.ts';
export { type Pruned, prune } from './prune.ts';

export interface KeepPrunedNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
}

const EVERY_MS = 3_600_000;

/** Prunes what is older than the retention, now and every hour; the returned function stops it and waits for its end. */
export function keepPruned(needs: KeepPrunedNeeds): () => Promise<void> {
  const { clock, log } = needs;
  const repetition = { clock, log, everyMs: EVERY_MS, failed: 'old cases could not be pruned; it is tried again' };
  return repeatUntilStopped(repetition, async () => await pruneOnce(needs));
}

async function pruneOnce(needs: KeepPrunedNeeds): Promise<void> {
  const pruned = await prune(needs);
  if (pruned.cases > 0 || pruned.signals > 0) {
    needs.log.info({ ...pruned, days: needs.retentionDays }, 'cases and signals older than the retention were pruned');
  }
}
