import { type Database, inTransaction, isDatabaseUnavailable, isTransactionConflict, type Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import { traced } from '../kernel/trace.ts';
import { type AcceptNeeds, acceptSignals } from './accept.ts';
import { createBatcher } from './batcher.ts';
import { followRenames } from './rename.ts';
import type { Disposition, Signal } from './signal.ts';
import { listSignals, type SignalFilter, type StoredSignal } from './store.ts';

export { eraseSignals, removeOldSignals, removeSignalsOf } from './erase-store.ts';

/** Where every channel ends: verified signals in, durably stored ones out. */
export interface Intake {
  /**
   * Resolves once the signals, their cases and their wake-ups are committed.
   *
   * @throws LeaverError `unavailable` when they cannot be stored now; the sender must try again
   */
  accept(signals: readonly Signal[]): Promise<Disposition[]>;
  list(filter: SignalFilter): Promise<{ items: StoredSignal[]; nextCursor: string | null }>;
}

/** For a channel that writes rows of its own: its change and the signals that it is are committed together, or not at all. */
export interface IntakeInside {
  acceptIn(tx: Tx, signals: readonly Signal[]): Promise<Disposition[]>;
}

const BATCH = 200;
/** The second one keeps the database busy while the first waits for an answer or its commit. */
const BATCHES_AT_ONCE = 2;

export function createIntake(needs: AcceptNeeds & { readonly db: Database }): Intake & IntakeInside {
  const acceptIn = async (tx: Tx, signals: readonly Signal[]): Promise<Disposition[]> =>
    await acceptSignals(needs, tx, await followRenames(needs.directory, tx, signals));
  const submit = createBatcher<Signal, Disposition>({
    store: async (signals) => await inTransaction(needs.db, async (tx) => await acceptIn(tx, signals)),
    maxItems: BATCH,
    atOnce: BATCHES_AT_ONCE,
    hitsEverybody: isDatabaseUnavailable,
  });
  return {
    accept: async (signals) => {
      if (signals.length === 0) {
        return [];
      }
      try {
        return await asSpan(signals, submit);
      } catch (error) {
        // Races that were lost again and again are over in a moment; the sender need not know the difference.
        throw isDatabaseUnavailable(error) || isTransactionConflict(error)
          ? new LeaverError('unavailable', 'The message cannot be stored now, so it was not accepted. Send it again.', {
              cause: error,
              retryAfterMs: 5_000,
            })
          : error;
      }
    },
    acceptIn: async (tx, signals) => await asSpan(signals, async (given) => await acceptIn(tx, given)),
    list: async (filter) => await listSignals(needs.db, filter),
  };
}

/** A span of what sent the signals; they carry it on, as they may be stored together with those of others. */
async function asSpan<T>(signals: readonly Signal[], store: (signals: readonly Signal[]) => Promise<T>): Promise<T> {
  const attributes = { 'leaver.signals': signals.length, 'leaver.channel': signals[0]?.channel ?? '' };
  return await traced('store signals', { attributes }, async ({ traceparent }) =>
    store(traceparent === null ? signals : signals.map((signal) => ({ ...signal, traceparent }))),
  );
}
