import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { inTransaction } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { EMPTY_HEAD, leafHash } from '../../src/ledger/tree.ts';
import { eventually } from '../support/eventually.ts';
import { append, assertSoundTree, joinLedger, numbered, openLedger, readPlaces, SILENT } from './support/ledger.ts';

suite('the ledger', () => {
  test('keeps what is committed, in order, and nothing of a transaction that was rolled back', async (t) => {
    const opened = await openLedger(t);
    const { db, ledger } = opened;
    const caseId = randomUUID();
    await append(opened, numbered(1, caseId));
    const failing = inTransaction(db, async (tx) => {
      await ledger.append(tx, [numbered(2, caseId)]);
      throw new Error('the change failed');
    });
    await assert.rejects(failing, /the change failed/);
    await append(opened, numbered(3, caseId), numbered(4, caseId));
    assert.equal((await ledger.seal()).size, 3);
    const entries = await ledger.entriesOf(caseId);
    assert.deepEqual(
      entries.map(({ seq, entry }) => [seq, entry.data['number']]),
      [
        [1, 1],
        [2, 3],
        [3, 4],
      ],
    );
  });

  test('gives the entries of a case alone, and only those after the one that was seen last', async (t) => {
    const opened = await openLedger(t);
    const [mine, other] = [randomUUID(), randomUUID()];
    await append(opened, numbered(1, mine), numbered(2, other), numbered(3, mine), numbered(4));
    const [first, ...rest] = await opened.ledger.entriesOf(mine);
    assert.deepEqual([first?.entry.data['number'], rest.map(({ entry }) => entry.data['number'])], [1, [3]]);
    assert.deepEqual(await opened.ledger.entriesOf(mine, first?.id), rest);
  });

  test('has the head of nothing while it is empty', async (t) => {
    const { ledger } = await openLedger(t);
    assert.deepEqual(await ledger.seal(), EMPTY_HEAD);
  });

  test('seals by itself in the background until it is stopped', async (t) => {
    const opened = await openLedger(t);
    const stop = opened.ledger.keepSealed();
    await append(opened, numbered(1));
    await eventually('the entry has its place', async () => (await readPlaces(opened.db)).length === 1);
    await stop();
  });
});

const CHANGES = [
  `update ledger_entry set body = '{}'`,
  'update ledger_entry set body = null',
  'update ledger_entry set personal = null',
  `update ledger_entry set kind = 'case.pruned'`,
  'delete from ledger_entry',
  'truncate ledger_entry cascade',
  'update ledger_leaf set entry_id = entry_id',
  'delete from ledger_leaf where seq = 1',
  'truncate ledger_leaf',
  'insert into ledger_leaf select * from ledger_leaf on conflict (seq) do update set entry_id = excluded.entry_id',
  `update ledger_node set hash = sha256('')`,
  'delete from ledger_node where level = 1',
  'truncate ledger_node',
  'delete from ledger_pending',
  'update ledger_pending set entry_id = 1',
  'truncate ledger_pending',
  'update ledger_checkpoint set size = 1',
  'delete from ledger_checkpoint',
  'truncate ledger_checkpoint',
  'update ledger_log set id = gen_random_uuid()',
  'delete from ledger_log',
  'truncate ledger_log',
  `update signing_key set kid = ''`,
  'delete from signing_key',
  'truncate signing_key',
];

suite('the database itself refuses', () => {
  /** Of two entries one has its place; both have something set apart. */
  const prepare = async (t: TestContext) => {
    const opened = await openLedger(t);
    const entry = { kind: 'case.state', caseId: randomUUID(), data: {}, personal: { name: 'Lea Ver' } } as const;
    await append(opened, entry);
    await opened.ledger.seal();
    await append(opened, entry);
    return opened;
  };
  test('whatever would change, remove or overwrite something in any of its tables', async (t) => {
    const { db } = await prepare(t);
    for (const statement of CHANGES) {
      const refused = /the ledger is append-only: \w+ on (ledger_\w+|signing_key) is refused/;
      await assert.rejects(sql.raw(statement).execute(db), refused, statement);
    }
  });

  test('all the same where a session passes itself off as a replica', async (t) => {
    const { url } = await prepare(t);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    t.after(async () => await client.end());
    await client.query('set session_replication_role = replica');
    await assert.rejects(client.query(`update ledger_entry set body = '{}'`), /append-only/);
    await assert.rejects(client.query('delete from ledger_node'), /append-only/);
  });

  test('a second entry in one place, and a second place of one entry', async (t) => {
    const { db } = await prepare(t);
    await assert.rejects(sql.raw('insert into ledger_leaf select * from ledger_leaf').execute(db), /duplicate key/);
    await assert.rejects(sql.raw('insert into ledger_leaf select 2, entry_id from ledger_leaf').execute(db), /duplicate key/);
  });

  test("to let a body go for another case's pruning, or a personal part for another person's erasure", async (t) => {
    const opened = await prepare(t);
    const other = randomUUID();
    await append(opened, { kind: 'case.pruned', caseId: other, data: {} }, { kind: 'person.erased', caseId: null, data: {} });
    for (const change of ['body = null, personal = null', 'personal = null']) {
      await assert.rejects(sql.raw(`update ledger_entry set ${change}`).execute(opened.db), /append-only/);
    }
  });
});

suite('the tree of the ledger', () => {
  test('is one without gaps, and right in every node, however many append and seal at once', async (t) => {
    const first = await openLedger(t);
    const second = joinLedger(t, first.url);
    const writers = [first, second].flatMap((opened, process) =>
      [0, 1, 2].map(async (writer) => {
        for (let number = 0; number < 20; number += 1) {
          await append(opened, numbered(process * 1_000 + writer * 100 + number), numbered(process * 1_000 + writer * 100 + number + 50));
          if (number % 5 === writer) {
            await opened.ledger.seal();
          }
        }
      }),
    );
    await Promise.all(writers);
    const heads = await Promise.all([first.ledger.seal(), second.ledger.seal()]);
    const expected = await assertSoundTree(first.db);
    assert.equal(expected.size, 240);
    assert.deepEqual(heads, [expected, expected]);
  });

  test('takes more entries than fit into one batch', async (t) => {
    const opened = await openLedger(t);
    await append(opened, ...Array.from({ length: 1_100 }, (_, number) => numbered(number)));
    assert.equal((await opened.ledger.seal()).size, 1_100);
    assert.deepEqual(await opened.db.selectFrom('ledger_pending').selectAll().execute(), []);
  });

  test('leaves out what is not committed yet, and takes it in afterwards', async (t) => {
    const opened = await openLedger(t);
    const committed = Promise.withResolvers<void>();
    const appended = Promise.withResolvers<void>();
    const slow = inTransaction(opened.db, async (tx) => {
      await opened.ledger.append(tx, [numbered(1)]);
      appended.resolve();
      await committed.promise;
    });
    await appended.promise;
    await append(opened, numbered(2));
    assert.equal((await opened.ledger.seal()).size, 1);
    committed.resolve();
    await slow;
    assert.equal((await opened.ledger.seal()).size, 2);
    const numbers = (await readPlaces(opened.db)).map(({ body }) => (JSON.parse(body) as { data: { number: number } }).data.number);
    assert.deepEqual(numbers, [2, 1]);
  });

  test('is not waited for by whoever records something', async (t) => {
    const opened = await openLedger(t);
    const sealing = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const sequencer = inTransaction(opened.db, async (tx) => {
      await sql`select pg_advisory_xact_lock(7305261::bigint)`.execute(tx.sql);
      locked.resolve();
      await sealing.promise;
    });
    await locked.promise;
    await append(opened, numbered(1));
    sealing.resolve();
    await sequencer;
    assert.equal((await opened.ledger.seal()).size, 1);
  });

  test('goes on where another process has died in the middle of sealing', async (t) => {
    const opened = await openLedger(t);
    await append(opened, numbered(1));
    const broken = createLedger({ db: opened.db, clock: systemClock, log: SILENT });
    const dying = inTransaction(opened.db, async (tx) => {
      await sql`insert into ledger_leaf (seq, entry_id) select 1, id from ledger_entry`.execute(tx.sql);
      await sql`insert into ledger_node (level, position, hash) values (0, 0, sha256(''))`.execute(tx.sql);
      throw new Error('the process died');
    });
    await assert.rejects(dying);
    assert.equal((await broken.seal()).size, 1);
    const [place] = await readPlaces(opened.db);
    assert.deepEqual(place?.hash, leafHash(place?.body ?? ''));
  });
});
