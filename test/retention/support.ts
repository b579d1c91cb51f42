import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLedgerChecker } from '../../src/ledger/checker.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { openMemory } from '../../src/ledger/memory.ts';
import { openSigner } from '../../src/ledger/signer.ts';
import { SILENT } from '../ledger/support/ledger.ts';
import { OPERATOR_TOKEN, sha256, startService, type TestServiceOptions, temporaryFolder } from '../support/service.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';

/** A service with an administrator, and its database and ledger beside it. */
export async function openRecord(t: TestContext, config: TestServiceOptions['config'] = {}) {
  const tokens = [
    { name: 'it-desk', role: 'operator', sha256: sha256(OPERATOR_TOKEN) },
    { name: 'chief', role: 'admin', sha256: sha256(ADMIN_TOKEN) },
  ];
  const service = await startService(t, { config: { operators: { tokens }, ...config } });
  const db = openDatabase({ url: service.databaseUrl, log: SILENT, maxConnections: 3 });
  t.after(async () => await db.destroy());
  const ledger = createLedger({ db, clock: systemClock, log: SILENT });
  return { service, db, ledger };
}

type Record = Awaited<ReturnType<typeof openRecord>>;

/** Somebody who has left: their case is completed, and they are known under an id and a name. */
export async function someoneLeft({ service }: Record, email: string, id = `00u-${email}`): Promise<string> {
  service.fastio.scenario.addUser({ email, sessions: 1 });
  await service.okta.deactivate({ id, login: email, displayName: `Name of ${email}` });
  return (await service.untilState(email, 'completed')).id;
}

/** What a checker that has seen nothing before says of the whole ledger. */
export async function checkAll(t: TestContext, { db, ledger }: Record) {
  await ledger.seal();
  const dataDir = await temporaryFolder(t);
  const signer = await openSigner({ dataDir, db });
  const checker = createLedgerChecker({ db, signer, memory: openMemory(dataDir), clock: systemClock, log: SILENT, everySeconds: 60 });
  return await checker.check();
}

/** Every row of every table of ours and of the queue, as text. */
export async function wholeDatabase({ db }: Record): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
    where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`.execute(db);
  const texts = await Promise.all(
    rows.map(
      async ({ name }) =>
        (await sql<{ text: string | null }>`select string_agg(t::text, e'\n') as text from ${sql.raw(name)} t`.execute(db)).rows[0]?.text ??
        '',
    ),
  );
  return texts.join('\n');
}
