import type { Config } from './config/config.ts';
import { openDatabase } from './database/database.ts';
import { type Migrated, migrate } from './database/migrate.ts';
import { findDatabase, waitForDatabase } from './find-database.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import { createQueue } from './offboarding/queue.ts';

export interface MigrateOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Brings the database to the schema of this version, our own and the queue's, and serves nothing: for a job before the service is started. */
export async function migrateOnly({ config, log, clock = systemClock }: MigrateOptions): Promise<Migrated> {
  const { url, stop } = await findDatabase(config, log, clock);
  try {
    const db = openDatabase({ url, log, maxConnections: 2 });
    try {
      await waitForDatabase(db, clock, log);
      const migrated = await migrate(db);
      await prepareQueue(url, log);
      return migrated;
    } finally {
      await db.destroy();
    }
  } finally {
    await stop();
  }
}

/** The queue makes its own tables when it starts. */
async function prepareQueue(url: string, log: Log): Promise<void> {
  const queue = createQueue({ url, log, works: false });
  await queue.start();
  await queue.stop();
}
