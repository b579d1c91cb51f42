import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { type Database, inTransaction, inTransactionWith, openDatabase, postRows, type Tx } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createLog } from '../../src/kernel/log.ts';
import { freshDatabase, untilSomebodyWaits } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { undo } from '../support/undo.ts';

function person(email: string) {
  return { id: newId(), email, email_key: email, name: null, salt: 'salt' };
}

async function emails(db: Database): Promise<string[]> {
  return (await db.selectFrom('person').select('email').orderBy('email').execute()).map(({ email }) => email);
}

/** The database of a second process. */
async function beside(t: TestContext, url: string, maxConnections = 3): Promise<Database> {
  const db = openDatabase({ url, log: createLog({ level: 'silent' }), maxConnections });
  undo(t, async () => await db.destroy());
  return db;
}

function add(tx: Tx, email: string): void {
  postRows(tx, 'person', [person(email)]);
}

suite('a transaction', () => {
  test('keeps what was posted, though nobody waited for it', async (t) => {
    const { db } = await freshDatabase(t);
    await inTransaction(db, async (tx) => add(tx, 'anna@acme.example'));
    assert.deepEqual(await emails(db), ['anna@acme.example']);
  });

  test('of which a posted write is refused keeps nothing, and fails with the refusal', async (t) => {
    const { db } = await freshDatabase(t);
    const failed = inTransaction(db, async (tx) => {
      add(tx, 'anna@acme.example');
      tx.post(sql`insert into person_identity values ('okta', '00u1', ${newId()})`.compile(tx.sql));
      add(tx, 'bela@acme.example');
      await sql`select 1`.execute(tx.sql);
    });
    await assert.rejects(failed, /person_identity_person_id_fkey/);
    assert.deepEqual(await emails(db), []);
  });

  test('whose failed query went unnoticed is not called committed', async (t) => {
    const { db } = await freshDatabase(t);
    const failed = inTransaction(db, async (tx) => {
      add(tx, 'anna@acme.example');
      await sql`select 1 / 0`.execute(tx.sql).catch(() => undefined);
    });
    await assert.rejects(failed, /given up, not committed/);
    assert.deepEqual(await emails(db), []);
  });

  for (const ends of ['committed', 'rolled back'] as const) {
    test(`that was ${ends} sends nothing more: a write that comes too late does not stand alone`, async (t) => {
      const { db } = await freshDatabase(t);
      let kept: Tx | undefined;
      const ended = inTransaction(db, async (tx) => {
        kept = tx;
        if (ends === 'rolled back') {
          throw new Error('it broke');
        }
      });
      await ended.catch(() => undefined);
      assert.ok(kept);
      const over = kept;
      const late = over.sql.insertInto('person').values(person('late@acme.example')).execute();
      await assert.rejects(late, /transaction is over/);
      assert.throws(() => add(over, 'later@acme.example'), /transaction is over/);
      assert.deepEqual(await emails(db), []);
    });
  }

  test('calls back after its commit, and not when it was rolled back', async (t) => {
    const { db } = await freshDatabase(t);
    const seen: (readonly string[])[] = [];
    const done = Promise.withResolvers<void>();
    const failed = inTransaction(db, async (tx) => {
      tx.afterCommit(() => seen.push(['never']));
      throw new Error('it broke');
    });
    await assert.rejects(failed, /it broke/);
    await inTransaction(db, async (tx) => {
      add(tx, 'anna@acme.example');
      tx.afterCommit(() => {
        emails(db)
          .then((found) => seen.push(found), assert.ifError)
          .finally(done.resolve);
      });
    });
    await done.promise;
    assert.deepEqual(seen, [['anna@acme.example']]);
  });

  test('that another one was faster than is run again, and then sees what that one wrote', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    const inserted = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const first = inTransaction(db, async (tx) => {
      await tx.sql.insertInto('person').values(person('anna@acme.example')).execute();
      inserted.resolve();
      await goOn.promise;
    });
    await inserted.promise;
    const saw: number[] = [];
    const second = inTransaction(other, async (tx) => {
      const known = await tx.sql.selectFrom('person').select('email').execute();
      saw.push(known.length);
      if (known.length === 0) {
        add(tx, 'anna@acme.example');
        goOn.resolve();
      }
    });
    await Promise.all([first, second]);
    assert.deepEqual(saw, [0, 1]);
    assert.deepEqual(await emails(db), ['anna@acme.example']);
  });

  test('that begins with reads has them from one moment after the other', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    await inTransaction(db, async (tx) => add(tx, 'anna@acme.example'));
    const locked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const first = inTransaction(db, async (tx) => {
      await tx.sql.selectFrom('person').selectAll().forUpdate().execute();
      locked.resolve();
      await goOn.promise;
      add(tx, 'bela@acme.example');
    });
    await locked.promise;
    const people = other.selectFrom('person').select('email');
    const second = inTransactionWith(other, [people.forUpdate().compile(), people.compile()], async (_tx, before, after) => [
      before.length,
      after.length,
    ]);
    await untilSomebodyWaits(db);
    goOn.resolve();
    await first;
    assert.deepEqual(await second, [1, 2]);
  });

  test('goes on over a table that was changed since its statements were parsed', async (t) => {
    const { url, db } = await freshDatabase(t);
    const single = await beside(t, url, 1);
    const read = async (): Promise<number> =>
      await inTransaction(single, async (tx) => (await tx.sql.selectFrom('person').selectAll().execute()).length);
    await inTransaction(db, async (tx) => add(tx, 'anna@acme.example'));
    assert.equal(await read(), 1);
    await sql`alter table person add column nickname text`.execute(db);
    assert.equal(await read(), 1);
  });

  test('whose connection is ended fails, and the next one gets another', async (t) => {
    const { url, db } = await freshDatabase(t);
    const single = await beside(t, url, 1);
    const failed = inTransaction(single, async (tx) => {
      add(tx, 'anna@acme.example');
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.sql);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await sql`select 1`.execute(tx.sql);
    });
    await assert.rejects(failed);
    assert.deepEqual(await emails(db), []);
    await inTransaction(single, async (tx) => add(tx, 'bela@acme.example'));
    assert.deepEqual(await emails(db), ['bela@acme.example']);
  });

  test('leaves no connection behind once the database is closed, though nothing else was asked over it', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = openDatabase({ url, log: createLog({ level: 'silent' }), maxConnections: 2 });
    await inTransaction(other, async (tx) => add(tx, 'anna@acme.example'));
    await other.destroy();
    await other.destroy();
    await eventually('its connections have ended', async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'leaver' and pid <> pg_backend_pid()`.execute(
        db,
      );
      return rows[0]?.count === 0;
    });
  });
});
