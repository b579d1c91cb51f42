import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { append, assertSoundTree, joinLedger, numbered, openLedger } from './support/ledger.ts';

const CASES = 200;
const STEPS = 5;

test('200 cases that two processes record at once are one tree: no gap, no fork, no deadlock, and each case in its order', async (t) => {
  const first = await openLedger(t);
  const second = joinLedger(t, first.url);
  const stops = [first, second].map(({ ledger }) => ledger.keepSealed());
  const ids = Array.from({ length: CASES }, () => randomUUID());
  await Promise.all(
    ids.map(async (caseId, index) => {
      for (let number = 0; number < STEPS; number += 1) {
        // One step of a case may be done by one process and the next by the other.
        await append((index + number) % 2 === 0 ? first : second, numbered(number, caseId), numbered(number));
      }
    }),
  );
  await Promise.all(stops.map(async (stop) => await stop()));
  const heads = await Promise.all([first.ledger.seal(), second.ledger.seal()]);
  const expected = await assertSoundTree(first.db);
  assert.equal(expected.size, CASES * STEPS * 2);
  assert.deepEqual(heads, [expected, expected]);
  for (const caseId of ids) {
    const entries = await first.ledger.entriesOf(caseId);
    const places = entries.map(({ seq }) => seq ?? 0);
    assert.deepEqual(
      entries.map(({ entry }) => entry.data['number']),
      Array.from({ length: STEPS }, (_, number) => number),
    );
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  }
  const { rows } = await sql<{ deadlocks: string }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(
    first.db,
  );
  assert.equal(Number(rows[0]?.deadlocks), 0);
});

test('whoever records something waits for nobody else who does, however long that takes', async (t) => {
  const opened = await openLedger(t);
  const [appended, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = inTransaction(opened.db, async (tx) => {
    opened.ledger.append(tx, [numbered(1)]);
    appended.resolve();
    await release.promise;
  });
  await appended.promise;
  await Promise.all(Array.from({ length: 20 }, async (_, number) => await append(opened, numbered(number))));
  assert.equal((await opened.ledger.seal()).size, 20);
  release.resolve();
  await slow;
  assert.equal((await opened.ledger.seal()).size, 21);
});
