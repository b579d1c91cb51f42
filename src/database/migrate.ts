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
import * as pastEvents from './migrations/0022-past-events.ts';
import * as resolvedSteps from './migrations/0023-resolved-steps.ts';
import * as signalsOfPeople from './migrations/0024-signals-of-people.ts';
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
  '0022-past-events': pastEvents,
  '0023-resolved-steps': resolvedSteps,
  '0024-signals-of-people': signalsOfPeople,
};

/**
 * How the name of a migration ends that takes away, renames or narrows what an older version uses. Every other one only adds, so that processes of the
 * version before go on beside it; see docs/operating.md.
 */
const CONTRACTS = /-contract$/;

/** What a migration did, by the names of the migrations. */
export interface Migrated {
  readonly carriedOut: readonly string[];
  /** What a newer version has added already, and this one does not know. */
  readonly newer: readonly string[];
}

/**
 * Brings the database to the schema of this version, under a lock that lets one process do it while others wait. One to which a newer version has
 * only added is left as it is; one that a newer version has made unfit for this one is refused, and nothing is touched there.
 *
 * @throws LeaverError `database-schema`
 */
export async function migrate(db: Database): Promise<Migrated> {
  const newer = await newerMigrations(db);
  if (newer.length > 0 && (await isMigrated(db))) {
    return { carriedOut: [], newer };
  }
  refuseNewer(newer);
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
  return { carriedOut: (results ?? []).map(({ migrationName }) => migrationName), newer: [] };
}

/** Whether this version works with the schema: it has all that this version needs, and a newer one has taken nothing of it away. */
export async function isMigrated(db: Database): Promise<boolean> {
  const applied = new Set(await appliedMigrations(db));
  const isComplete = Object.keys(MIGRATIONS).every((name) => applied.has(name));
  return isComplete && [...applied].every((name) => name in MIGRATIONS || !CONTRACTS.test(name));
}

/**
 * Refuses a database in which a newer version has carried out migrations that this one does not know.
 *
 * @throws LeaverError `database-schema`
 */
export async function refuseNewerSchema(db: Database): Promise<void> {
  refuseNewer(await newerMigrations(db));
}

async function newerMigrations(db: Database): Promise<string[]> {
  return (await appliedMigrations(db)).filter((name) => !(name in MIGRATIONS));
}

function refuseNewer(newer: readonly string[]): void {
  if (newer.length > 0) {
    throw new LeaverError(
      'database-schema',
      `The database was changed by a newer version of Leaver (${newer.join(', ')}). Nothing was touched. Start that version or a newer one, or restore a backup made before the upgrade.`,
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
