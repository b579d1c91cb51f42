import { type Database, inTransaction } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Tell } from './outbox.ts';
import { listenTo, noteTold } from './silence-store.ts';

/** A connection from which something is expected at least now and then. */
export interface Expected {
  readonly connection: string;
  readonly withinHours: number;
}

export interface SilenceNeeds {
  readonly db: Database;
  readonly tell: Tell;
  readonly expected: readonly Expected[];
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 60_000;

/** Tells once of each silence that lasts longer than it should, however many processes look. */
export interface SilenceWatch {
  start(): void;
  stop(): Promise<void>;
}

export function createSilenceWatch(needs: SilenceNeeds): SilenceWatch {
  const { clock, log, expected } = needs;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const one of expected) {
        await lookAt(needs, one).catch((error: unknown) =>
          log.warn({ err: error, ...one }, 'whether a connection is silent could not be told'),
        );
      }
      await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined);
    }
  };
  let running: Promise<void> = Promise.resolve();
  return {
    start: () => {
      running = expected.length > 0 ? watch() : running;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Tells of the silence of a connection, if it has one that was not told of. */
export async function lookAt({ db, tell, log }: SilenceNeeds, { connection, withinHours: hours }: Expected): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { heardAt, toldOf } = await listenTo(tx, connection);
    const isSilent = tx.now.getTime() - heardAt.getTime() > hours * 3_600_000;
    if (isSilent && toldOf?.getTime() !== heardAt.getTime()) {
      const since = heardAt.toISOString();
      noteTold(tx, connection, heardAt);
      tell(tx, [{ event: 'intake.silent', connection, since, hours }]);
      tx.afterCommit(() =>
        log.error({ connection, since, alert: 'intake-silent' }, `${connection} has sent nothing for more than ${hours} hours`),
      );
    }
  });
}
