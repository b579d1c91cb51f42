import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { digestOf, EMPTY_HEAD, extendChain } from '../../src/ledger/chain.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { eventually } from '../support/eventually.ts';
import { append, joinLedger, numbered, openLedger, readChain, SILENT } from './support/ledger.ts';

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
    assert.equal((await ledger.seal()).seq, 3);
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
    await eventually('the entry has its place', async () => (await readChain(opened.db)).length === 1);
    await stop();
  });
});

const CHANGES = [
  `update ledger_entry set body = '{}'`,
  `update ledger_entry set body = body where false`,
  'delete from ledger_entry',
  'truncate ledger_entry cascade',
  `update ledger_chain set hash = digest`,
  'delete from ledger_chain where seq = 1',
  'truncate ledger_chain',
  `insert into ledger_chain select * from ledger_chain on conflict (seq) do update set hash = excluded.digest`,
];

suite('the database itself refuses', () => {
  for (const statement of CHANGES) {
    test(statement, async (t) => {
      const opened = await openLedger(t);
      await append(opened, numbered(1));
      await opened.ledger.seal();
      const before = await readChain(opened.db);
      await assert.rejects(sql.raw(statement).execute(opened.db), /the ledger is append-only: \w+ on ledger_\w+ is refused/);
      assert.deepEqual(await readChain(opened.db), before);
    });
  }

  test('a second entry in one place of the chain', async (t) => {
    const opened = await openLedger(t);
    await append(opened, numbered(1), numbered(2));
    await opened.ledger.seal();
    await assert.rejects(sql.raw('insert into ledger_chain select * from ledger_chain where seq = 1').execute(opened.db), /duplicate key/);
  });
});

suite('the chain', () => {
  test('is one without gaps, and right in every hash, however many append and seal at once', async (t) => {
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
    const chain = await readChain(first.db);
    const expected = extendChain(
      EMPTY_HEAD,
      chain.map(({ body }) => digestOf(body)),
    );
    assert.equal(chain.length, 240);
    assert.deepEqual(
      chain.map(({ seq, digest, hash }) => ({ seq: Number(seq), digest, hash })),
      expected,
    );
    assert.equal(new Set(chain.map(({ entry_id }) => entry_id)).size, 240);
    for (const head of heads) {
      assert.deepEqual([head.seq, head.hash], [240, expected.at(-1)?.hash]);
    }
  });

  test('takes more entries than fit into one batch', async (t) => {
    const opened = await openLedger(t);
    await append(opened, ...Array.from({ length: 1_100 }, (_, number) => numbered(number)));
    assert.equal((await opened.ledger.seal()).seq, 1_100);
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
    assert.equal((await opened.ledger.seal()).seq, 1);
    committed.resolve();
    await slow;
    assert.equal((await opened.ledger.seal()).seq, 2);
    const numbers = (await readChain(opened.db)).map(({ body }) => (JSON.parse(body) as { data: { number: number } }).data.number);
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
    assert.equal((await opened.ledger.seal()).seq, 1);
  });

  test('goes on where another process has died in the middle of sealing', async (t) => {
    const opened = await openLedger(t);
    await append(opened, numbered(1));
    const broken = createLedger({ db: opened.db, clock: systemClock, log: SILENT });
    const dying = inTransaction(opened.db, async (tx) => {
      await sql`insert into ledger_chain (seq, entry_id, digest, hash) select 1, id, sha256(''), sha256('') from ledger_entry`.execute(
        tx.sql,
      );
      throw new Error('the process died');
    });
    await assert.rejects(dying);
    assert.equal((await broken.seal()).seq, 1);
    const [link] = await readChain(opened.db);
    assert.deepEqual(link?.digest, digestOf(link?.body ?? ''));
  });
});
