import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';

/**
 * Restores into a migrated database what another one holds, as `pg_dump --data-only` and `pg_restore --disable-triggers` do: every row of every table
 * by COPY, then the sequences. The client programs of PostgreSQL are in none of our packages, so the server itself writes and reads the files.
 */
export async function restoreInto(target: string, source: string): Promise<void> {
  const folder = await serverFolder();
  const [from, to] = [new pg.Client({ connectionString: source }), new pg.Client({ connectionString: target })];
  await Promise.all([from.connect(), to.connect()]);
  try {
    const tables = await tablesOf(from);
    await from.query('begin isolation level repeatable read, read only');
    await to.query('begin; set local session_replication_role = replica');
    await to.query(`truncate ${(await filledOf(to, tables)).map(({ name }) => name).join(', ')}`);
    for (const [index, { name, columns }] of tables.entries()) {
      const file = pg.escapeLiteral(path.join(folder, String(index)));
      await from.query(`copy ${name} (${columns}) to ${file}`);
      await to.query(`copy ${name} (${columns}) from ${file}`);
    }
    for (const { name, value } of await sequencesOf(from)) {
      await to.query('select setval($1::regclass, $2)', [name, value]);
    }
    await to.query('commit');
  } finally {
    await Promise.all([from.end(), to.end()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** PostgreSQL, which is another user where we are root, has to be able to write there. */
async function serverFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-restore-'));
  await chmod(folder, 0o777);
  return folder;
}

interface Table {
  readonly name: string;
  /** All but those that PostgreSQL computes. */
  readonly columns: string;
}

async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select format('%I.%I', n.nspname, c.relname) as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and n.nspname in ('public', 'pgboss') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by 1 order by 1`);
  return rows;
}

/** The migration has written its own name and the queues; the tables of the ledger refuse to be emptied, and are empty. */
async function filledOf(client: pg.Client, tables: readonly Table[]): Promise<Table[]> {
  const filled: Table[] = [];
  for (const table of tables) {
    const { rows } = await client.query<{ filled: boolean }>(`select exists (select from ${table.name}) as filled`);
    if (rows[0]?.filled) filled.push(table);
  }
  return filled;
}

async function sequencesOf(client: pg.Client): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(`
    select format('%I.%I', schemaname, sequencename) as name, last_value::text as value from pg_sequences where last_value is not null`);
  return rows;
}
