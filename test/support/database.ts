import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/database/database.ts';
import { createLog } from '../../src/kernel/log.ts';
import { eventually } from './eventually.ts';
import { undo } from './undo.ts';

/** Where the global set-up leaves the address of the run's PostgreSQL. */
export const DATABASE_VARIABLE = 'LEAVER_TEST_DATABASE';

/** Where a test says which database it is done with; the global set-up listens. */
export const FINISHED_CHANNEL = 'leaver_test_finished';

/** An empty, migrated database of the test's own; it goes soon after the test has ended. */
export async function freshDatabaseUrl(t: TestContext): Promise<string> {
  // Copying files is a quarter of the work of writing every page to the log.
  return await createDatabase(t, 'template leaver strategy file_copy');
}

/** A database in which there is nothing at all. */
export async function bareDatabaseUrl(t: TestContext): Promise<string> {
  return await createDatabase(t, 'template template0');
}

async function createDatabase(t: TestContext, how: string): Promise<string> {
  const template = new URL(templateUrl());
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(template, `create database ${name} ${how}`);
  undo(t, async () => await administer(template, `notify ${FINISHED_CHANNEL}, '${name}'`));
  const url = new URL(template);
  url.pathname = `/${name}`;
  return url.href;
}

/** The same, opened. */
export async function freshDatabase(t: TestContext): Promise<{ url: string; db: Database }> {
  const url = await freshDatabaseUrl(t);
  const db = openDatabase({ url, log: createLog({ level: 'error' }), maxConnections: 5 });
  undo(t, async () => await db.destroy());
  return { url, db };
}

/** Resolves when some transaction in the database waits for another one's lock. */
export async function untilSomebodyWaits(db: Database): Promise<void> {
  await eventually('a transaction waits for a lock', async () => {
    const { rows } = await sql<{ waiting: boolean }>`
      select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(db);
    return rows[0]?.waiting;
  });
}

/** The run's own database, from which the others are copied. */
function templateUrl(): string {
  const url = process.env[DATABASE_VARIABLE];
  if (!url) {
    throw new Error('There is no test database: run the tests with `npm test`, or one file with `npm run test:file -- <file>`.');
  }
  return url;
}

async function administer(template: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl(template.href) });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The database of the same server that is there for the administration of the others. */
export function maintenanceUrl(url: string): string {
  return Object.assign(new URL(url), { pathname: '/postgres' }).href;
}
