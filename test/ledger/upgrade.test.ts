import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/database/database.ts';
import * as ledgerTree from '../../src/database/migrations/0016-ledger-tree.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { freshDatabase } from '../support/database.ts';
import { append, assertSoundTree, numbered, readPlaces, SILENT } from './support/ledger.ts';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** A database whose ledger is as the version before made it: a chain of entries, and one that has no place yet. */
async function openChained(t: TestContext, entries: number): Promise<Database> {
  const { db } = await freshDatabase(t);
  await sql.raw(BACK_TO_CHAIN).execute(db);
  let hash = sha256(Buffer.from('leaver-ledger/1'));
  for (let seq = 1; seq <= entries; seq += 1) {
    const body = canonicalJson({
      v: 1,
      at: '2026-03-02T08:00:00.000Z',
      kind: 'case.state',
      caseId: null,
      data: { number: seq, name: 'Zoë' },
    });
    const digest = sha256(Buffer.from(body, 'utf8'));
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(BigInt(seq));
    hash = sha256(hash, place, digest);
    await sql`insert into ledger_entry (kind, body) values ('case.state', ${body})`.execute(db);
    await sql`insert into ledger_chain select ${seq}, max(id), ${digest}, ${hash} from ledger_entry`.execute(db);
  }
  await sql`delete from ledger_pending`.execute(db);
  await sql`insert into ledger_entry (kind, body) values ('case.state', ${canonicalJson({ v: 1, at: '2026-03-02T08:00:01.000Z', kind: 'case.state', caseId: null, data: {} })})`.execute(
    db,
  );
  return db;
}

const BACK_TO_CHAIN = `
drop table ledger_log, ledger_leaf, ledger_node, ledger_checkpoint;
drop trigger ledger_entry_guarded on ledger_entry;
drop trigger ledger_entry_append_only on ledger_entry;
drop trigger ledger_pending_guarded on ledger_pending;
drop trigger ledger_pending_append_only on ledger_pending;
drop trigger signing_key_append_only on signing_key;
drop function ledger_guard_entry, ledger_guard_pending;
create or replace function ledger_announce() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger ledger_entry_announced after insert on ledger_entry
  referencing new table as added for each statement execute function ledger_announce();
drop index ledger_entry_parting, ledger_entry_apart;
alter table ledger_entry drop column personal, alter column body set not null;
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function ledger_refuse_change();
create table ledger_chain (
  seq bigint primary key,
  entry_id bigint not null unique references ledger_entry,
  digest bytea not null check (length(digest) = 32),
  hash bytea not null check (length(hash) = 32)
)`;

const upgrade = async (db: Database): Promise<void> =>
  await db.transaction().execute(async (tx) => await ledgerTree.up(tx as unknown as Kysely<never>));

for (const entries of [0, 1, 2, 13]) {
  test(`a ledger of ${entries} entries in a chain becomes the tree over the same entries, and goes on`, async (t) => {
    const db = await openChained(t, entries);
    await upgrade(db);
    assert.equal((await assertSoundTree(db)).size, entries);
    const ledger = createLedger({ db, clock: systemClock, log: SILENT });
    await append({ url: '', db, ledger }, numbered(1));
    const head = await ledger.seal();
    assert.deepEqual(head, await assertSoundTree(db));
    assert.equal(head.size, entries + 2, 'what had no place yet has one');
    const versions = (await readPlaces(db)).map(({ body }) => (JSON.parse(body) as { v: number }).v);
    assert.deepEqual(versions, [...Array.from({ length: entries + 1 }, () => 1), 2]);
    await assert.rejects(sql`delete from ledger_entry`.execute(db), /append-only/);
  });
}

const BREAKS: Readonly<Record<string, readonly [statement: string, at: number]>> = {
  'an entry that was changed': [`update ledger_entry set body = '{}' where id = (select entry_id from ledger_chain where seq = 5)`, 5],
  'an entry that is gone': ['delete from ledger_chain where seq = 4', 5],
  'a link that was changed': [`update ledger_chain set hash = sha256('') where seq = 7`, 7],
};
for (const [what, [statement, at]] of Object.entries(BREAKS)) {
  test(`a chain with ${what} is not made a tree that hides it`, async (t) => {
    const db = await openChained(t, 9);
    await sql`alter table ledger_entry disable trigger ledger_entry_append_only`.execute(db);
    await sql.raw(statement).execute(db);
    await assert.rejects(upgrade(db), new RegExp(`the ledger does not verify at entry ${at}: .* Restore a backup`));
    assert.equal((await sql`select 1 from ledger_chain limit 1`.execute(db)).rows.length, 1, 'nothing was changed');
  });
}
