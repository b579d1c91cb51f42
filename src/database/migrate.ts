import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import * as initial from './migrations/0001-initial.ts';
import * as expectedRows from './migrations/0002-expected-rows.ts';
import * as secondThoughts from './migrations/0003-second-thoughts.ts';
import * as scim from './migrations/0013-scim.ts';
import * as addressesAndGraph from './migrations/0015-addresses-and-graph.ts';
import * as ledgerTree from './migrations/0016-ledger-tree.ts';
import * as notifications from './migrations/0019-notifications.ts';
import * as traces from './migrations/0020-traces.ts';
import * as idempotency from './migrations/0021-idempotency.ts';
import type { Database } from './pool.ts';

/** Every migration in order. A name, once released, never changes. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-expected-rows': expectedRows,
  '0003-second-thoughts': secondThoughts,
  '0013-scim': scim,
  '0015-addresses-and-graph': addressesAndGraph,
  '0016-ledger-tree': ledgerTree,
  '0019-notifications': notifications,
  '0020-traces': traces,
  '0021-idempotency': idempotency,
};

/**
 * Brings the database to the schema of this version, under a lock that lets one process do it while others wait.
 * Refuses a database that a newer version has already changed, and touches nothing there.
 *
 * @throws LeaverError `database-schema`
 */
export async function migrate(db: Database): Promise<void> {
  await refuseNewerSchema(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await refuseNewerSchema(db);
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the preparation';
    throw new LeaverError(
      'database-schema',
      `The database could not be brought up to date: ${failed} failed (${messageOf(error)}). Nothing of it was kept.`,
      {
        cause: error,
      },
    );
  }
}

/** Whether the schema is exactly the one this version works with. */
export async function isMigrated(db: Database): Promise<boolean> {
  const applied = await appliedMigrations(db);
  return applied.length === Object.keys(MIGRATIONS).length;
}

async function refuseNewerSchema(db: Database): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) {
    throw new LeaverError(
      'database-schema',
      `The database was changed by a newer version of Leaver (${unknown.join(', ')}). Nothing was touched. Start that version or a newer one, or restore a backup made before the upgrade.`,
    );
  }
}

async function appliedMigrations(db: Database): Promise<string[]> {
  const { rows } = await sql<{ present: boolean }>`select to_regclass('kysely_migration') is not null as present`.execute(db);
  if (!rows[0]?.present) {
    return [];
  }
  const applied = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return applied.map((row) => row.name);
}
