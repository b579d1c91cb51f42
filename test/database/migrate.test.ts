import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { stringify } from 'yaml';
import { type Database, openDatabase } from '../../src/database/database.ts';
import { isMigrated, migrate } from '../../src/database/migrate.ts';
import { createLog } from '../../src/kernel/log.ts';
import { runCommand } from '../cli/command.ts';
import { bareDatabaseUrl, freshDatabase } from '../support/database.ts';
import { settings, startService, temporaryFolder } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'src', 'database', 'migrations');

async function names(): Promise<string[]> {
  return (await readdir(MIGRATIONS)).map((file) => path.basename(file, '.ts')).sort();
}

function open(t: TestContext, url: string): Database {
  const db = openDatabase({ url, log: createLog({ level: 'error' }), maxConnections: 2 });
  undo(t, async () => await db.destroy());
  return db;
}

/** As if a newer version had carried out this migration. */
async function carryOut(db: Database, name: string): Promise<void> {
  await sql`insert into kysely_migration (name, timestamp) values (${name}, '')`.execute(db);
}

test('of two processes that find a bare database, one carries out every migration in order, and the other waits for it', async (t) => {
  const url = await bareDatabaseUrl(t);
  const done = await Promise.all([migrate(open(t, url)), migrate(open(t, url))]);
  assert.deepEqual(
    done.map(({ carriedOut }) => carriedOut).filter((carriedOut) => carriedOut.length > 0),
    [await names()],
  );
  assert.equal(await isMigrated(open(t, url)), true);
});

test('a process goes on, and starts, beside a newer version that has only added to the schema', async (t) => {
  const { url, db } = await freshDatabase(t);
  await carryOut(db, '9001-something-new');
  assert.deepEqual(await migrate(db), { carriedOut: [], newer: ['9001-something-new'] });
  const service = await startService(t, { databaseUrl: url });
  assert.equal((await service.call('GET', '/readyz')).status, 200);
});

test('a process is not ready, and does not start, once a newer version has taken away what it uses; it touches nothing', async (t) => {
  const { url, db } = await freshDatabase(t);
  const service = await startService(t, { databaseUrl: url });
  await carryOut(db, '9001-something-new');
  await carryOut(db, '9002-something-old-contract');
  assert.equal((await service.call('GET', '/readyz')).status, 503);
  await assert.rejects(startService(t, { databaseUrl: url }), {
    code: 'database-schema',
    message: /by a newer version .*9002-something-old-contract.* Nothing was touched/,
  });
  await assert.rejects(startService(t, { databaseUrl: url, config: { database: { migrate: false } } }), { code: 'database-schema' });
});

test('with database.migrate: false a process waits for `leaver migrate`, which does it once, queue included, and ends', async (t) => {
  const url = await bareDatabaseUrl(t);
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'leaver.yaml');
  const fastio = { url: 'http://127.0.0.1:9', token: 'x', orgId: '1' };
  await writeFile(file, stringify(settings({ dataDir: folder, databaseUrl: url, fastio })));
  const service = startService(t, { databaseUrl: url, config: { database: { migrate: false } } });
  const first = await runCommand(t, ['migrate', '--config', file]);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.equal(first.stdout, `The database was brought to the schema of this version: ${(await names()).join(', ')}.\n`);
  assert.equal((await (await service).call('GET', '/readyz')).status, 200);

  const { rows } = await sql<{ count: string }>`select count(*) from pgboss.queue`.execute(open(t, url));
  assert.equal(Number(rows[0]?.count) >= 2, true);
  const again = await runCommand(t, ['migrate', '--json'], { LEAVER_CONFIG: file });
  assert.deepEqual([again.code, JSON.parse(again.stdout)], [0, { carriedOut: [], newer: [] }]);
});

/** The first that came after a version had been released. */
const FIRST_UNDER_THE_RULE = '0030';
const NARROWS =
  /drop (?:table|column|not null)|dropTable|dropColumn|dropConstraint|rename|setNotNull|set not null|alterColumn|alter column|\btype\b.*using/i;

/** What is wrong with a migration that processes of the version before must be able to live with. */
function objectionTo(name: string, text: string): string | null {
  const isContract = name.endsWith('-contract');
  return name < FIRST_UNDER_THE_RULE || isContract || !NARROWS.test(text)
    ? null
    : `${name} takes something away: split it, and let the second part end in -contract`;
}

test('a migration that takes away, renames or narrows anything says so in its name', async () => {
  const texts = await Promise.all(
    (await names()).map(async (name) => ({ name, text: await readFile(path.join(MIGRATIONS, `${name}.ts`), 'utf8') })),
  );
  assert.deepEqual(
    texts.flatMap(({ name, text }) => objectionTo(name, text) ?? []),
    [],
  );
  for (const text of [
    'alter table step drop column old',
    'schema.alterTable("step").renameTo("steps")',
    'alter table step alter column a set not null',
  ]) {
    assert.notEqual(objectionTo('0031-something', text), null);
    assert.equal(objectionTo('0031-something-contract', text), null);
  }
  assert.equal(objectionTo('0031-something', 'alter table step add column colour text'), null);
});
