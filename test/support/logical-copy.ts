import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';

/**
 * Restores into a migrated database what another one holds, as `pg_restore` does with what `pg_dump` wrote: every row of every table by COPY while no trigger
 * is there to see it, then the triggers, then the sequences. The client programs of PostgreSQL are in none of our packages, so the server itself
 * writes and reads the files.
 */
export async function restoreInto(target: string, source: string): Promise<void> {
  const folder = await serverFolder();
  const [from, to] = [new pg.Client({ connectionString: source }), new pg.Client({ connectionString: target })];
  await Promise.all([from.connect(), to.connect()]);
  try {
    const tables = await tablesOf(from);
    await from.query('begin isolation level repeatable read, read only');
    await to.query('begin');
    const always = await alwaysTriggersOf(to);
    for (const { name } of tables) {
      await to.query(`alter table ${name} disable trigger all`);
    }
    for (const [index, { name, columns }] of tables.entries()) {
      const file = pg.escapeLiteral(path.join(folder, String(index)));
      await from.query(`copy ${name} (${columns}) to ${file}`);
      // The migration has written its own name, the queues, and the id of a ledger.
      await to.query(`delete from ${name}`);
      await to.query(`copy ${name} (${columns}) from ${file}`);
    }
    for (const { name } of tables) {
      await to.query(`alter table ${name} enable trigger all`);
    }
    for (const { table, trigger } of always) {
      await to.query(`alter table ${table} enable always trigger ${trigger}`);
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

/** Those that guard the ledger against everybody. */
async function alwaysTriggersOf(client: pg.Client): Promise<{ table: string; trigger: string }[]> {
  const { rows } = await client.query<{ table: string; trigger: string }>(`
    select tgrelid::regclass::text as table, quote_ident(tgname) as trigger from pg_trigger where tgenabled = 'A' and not tgisinternal`);
  return rows;
}

async function sequencesOf(client: pg.Client): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(`
    select format('%I.%I', schemaname, sequencename) as name, last_value::text as value from pg_sequences where last_value is not null`);
  return rows;
}
