import { type Database, inTransactionWith, isDatabaseUnavailable, isTransactionConflict, type Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import { traced } from '../kernel/trace.ts';
import { acceptSignals, lookUp } from './accept.ts';
import { createBatcher } from './batcher.ts';
import type { AcceptNeeds } from './draft.ts';
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
/** In a burst, the second one keeps the database busy while the first waits for an answer or its commit. */
const BATCHES_AT_ONCE = 2;
const BURST = 20;
const LATE_MS = 100;

export function createIntake(needs: AcceptNeeds & { readonly db: Database }): Intake & IntakeInside {
  const acceptIn = async (tx: Tx, signals: readonly Signal[]): Promise<Disposition[]> => {
    const followed = await followRenames(needs.directory, tx, signals);
    const [events, candidates] = lookUp(needs, tx.sql, followed);
    return await acceptSignals(needs, tx, followed, ...(await Promise.all([tx.ask(events), tx.ask(candidates)])));
  };
  const submit = createBatcher<Signal, Disposition>({
    store: async (signals) =>
      await inTransactionWith(needs.db, lookUp(needs, needs.db, signals), async (tx, events, candidates) =>
        // A rename comes first, and changes whom the others could mean.
        signals.some(({ renamed }) => renamed !== undefined)
          ? await acceptIn(tx, signals)
          : await acceptSignals(needs, tx, signals, events, candidates),
      ),
    maxItems: BATCH,
    atOnce: BATCHES_AT_ONCE,
    besideFrom: BURST,
    lateMs: LATE_MS,
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
