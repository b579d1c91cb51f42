import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDatabase } from '../../src/database/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createQueue } from '../../src/offboarding/queue.ts';
import { DATABASE_VARIABLE } from './database.ts';
import { exitAtOnce } from './exit.ts';

let folder = '';
let postgres: EmbeddedPostgres | null = null;

/** One PostgreSQL for the whole run, whose database is migrated once: every test file works on copies of it. */
export async function globalSetup(): Promise<void> {
  const log = createLog({ level: 'error' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-tests-'));
  await chmod(folder, 0o755);
  postgres = await startEmbeddedPostgres({ dataDir: folder, log });
  const db = openDatabase({ url: postgres.url, log });
  await migrate(db);
  await db.destroy();
  const queue = createQueue({ url: postgres.url, log, works: false });
  await queue.start();
  await queue.stop();
  process.env[DATABASE_VARIABLE] = postgres.url;
}

export async function globalTeardown(): Promise<void> {
  exitAtOnce();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
}
