import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openDatabase } from '../../src/database/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createQueue } from '../../src/offboarding/queue.ts';
import { DATABASE_VARIABLE, FINISHED_CHANNEL, maintenanceUrl } from './database.ts';
import { exitAtOnce } from './exit.ts';

/** Most of a process's start is compiling the same modules again. Set for the processes of the test files and for those that they start. */
const COMPILED = path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled-for-tests');

let folder = '';
let postgres: EmbeddedPostgres | null = null;
let janitor: pg.Client | null = null;

/** One PostgreSQL for the whole run, whose database is migrated once: every test file works on copies of it. */
export async function globalSetup(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED;
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
  janitor = await startJanitor(maintenanceUrl(postgres.url));
}

/** Drops the databases that tests are done with, one after the other: each takes PostgreSQL half a second, for which no test has to wait. */
async function startJanitor(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // What it has not come to when the run ends goes with the folder.
  client.on('error', () => undefined);
  let last: Promise<unknown> = Promise.resolve();
  client.on('notification', ({ payload }) => {
    last = last.then(async () => await client.query(`drop database if exists ${payload} with (force)`)).catch(() => undefined);
  });
  await client.connect();
  await client.query(`listen ${FINISHED_CHANNEL}`);
  return client;
}

export async function globalTeardown(): Promise<void> {
  exitAtOnce();
  await janitor?.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
}
