import { type Database, inTransaction, isDatabaseUnavailable, isTransactionConflict } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { traceparent } from '../../kernel/trace.ts';
import type { Judged } from './judge.ts';
import { askToReadBack, noteLifecycle } from './store.ts';

/** Keeps what a delivery asks for beside its signals. */
export type Keep = (connection: string, asked: Pick<Judged, 'readBacks' | 'lifecycle'>, bodySha256: string) => Promise<void>;

/**
 * Keeps whom to read back and what Graph says about its subscriptions, all or nothing. Resolves once it is committed.
 *
 * @throws LeaverError `unavailable` when it cannot be stored now; Graph must come again
 */
export function createKeep({ db, clock }: { readonly db: Database; readonly clock: Clock }): Keep {
  return async (connection, { readBacks, lifecycle }, bodySha256) => {
    if (readBacks.length === 0 && lifecycle.length === 0) return;
    const now = clock.now();
    try {
      await inTransaction(db, async ({ sql }) => {
        await askToReadBack(sql, connection, readBacks, { bodySha256, traceparent: traceparent(), now });
        for (const one of lifecycle) await noteLifecycle(sql, connection, one, now);
      });
    } catch (error) {
      throw isDatabaseUnavailable(error) || isTransactionConflict(error)
        ? new LeaverError('unavailable', 'The notification cannot be stored now, so it was not accepted. Send it again.', {
            cause: error,
            retryAfterMs: 5_000,
          })
        : error;
    }
  };
}
