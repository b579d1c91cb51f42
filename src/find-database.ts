import type { Config } from './config/config.ts';
import { type Database, isDatabaseUnavailable, pingDatabase } from './database/database.ts';
import { startEmbeddedPostgres } from './database/embedded-postgres.ts';
import { isMigrated, migrate, refuseNewerSchema } from './database/migrate.ts';
import type { Clock } from './kernel/clock.ts';
import { LeaverError, messageOf } from './kernel/errors.ts';
import type { Log } from './kernel/log.ts';

/** A database to connect to, and what ends it where it is our own. */
export interface FoundDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** The database that is configured, or the embedded PostgreSQL under `dataDir`, which is started. */
export async function findDatabase({ database, dataDir }: Config, log: Log, clock: Clock): Promise<FoundDatabase> {
  if (database.url !== null) {
    return { url: database.url.reveal(), stop: async () => undefined };
  }
  return await startEmbeddedPostgres({ dataDir, log, clock });
}

const WAIT_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** A database that starts at the same time as we do gets a minute to answer. */
export async function waitForDatabase(db: Database, clock: Clock, log: Log): Promise<void> {
  const until = clock.monotonic() + WAIT_MS;
  for (;;) {
    try {
      await pingDatabase(db);
      return;
    } catch (error) {
      if (!isDatabaseUnavailable(error) || clock.monotonic() > until) {
        throw new LeaverError(
          'database-unavailable',
          `The database cannot be used (${messageOf(error)}). Check database.url, and that PostgreSQL is running.`,
          { cause: error },
        );
      }
      log.warn({ err: error }, 'the database does not answer yet; waiting for it');
      await clock.sleep(LOOK_EVERY_MS);
    }
  }
}

/**
 * Sees to it that the database has the schema of this version: brings it there, or, where `database.migrate` is false, gives whoever does that a minute.
 *
 * @throws LeaverError `database-schema`
 */
export async function ensureSchema(db: Database, migrates: boolean, clock: Clock, log: Log): Promise<void> {
  const until = clock.monotonic() + WAIT_MS;
  while (!migrates && !(await isMigrated(db))) {
    await refuseNewerSchema(db);
    if (clock.monotonic() > until) {
      const advice = 'Run `leaver migrate` of this version, or set database.migrate to true.';
      throw new LeaverError('database-schema', `The database has not the schema of this version, and database.migrate is false. ${advice}`);
    }
    log.warn('the database has not the schema of this version yet; waiting for `leaver migrate`');
    await clock.sleep(LOOK_EVERY_MS);
  }
  // Refuses a database that this version cannot work with, and has nothing else to do where another has migrated it.
  const { newer } = await migrate(db);
  if (newer.length > 0) {
    log.warn({ newer }, 'a newer version has added to the schema of the database; this one goes on beside it');
  }
}
