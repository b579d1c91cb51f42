import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Column, renderTable } from '../../src/cli/table.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { clip, printable, widthOf } from '../../src/cli/text.ts';
import { duration } from '../../src/cli/time.ts';

function wide(columns: number | null): Terminal {
  return { live: true, width: () => columns, height: () => 24, paint: (_tone, text) => text, write: () => undefined };
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'PERSON', shrinksTo: 6 },
  { title: 'COUNT', side: 'right', dropped: 1 },
  { title: 'WHEN', dropped: 2 },
];
const ROWS = [
  [{ text: 'one' }, { text: 'somebody@example.com' }, { text: '7' }, { text: 'today' }],
  [{ text: 'two' }, { text: 'ada@example.com' }, { text: '12' }, { text: 'tomorrow' }],
];

test('a table fits the terminal: it shortens what may be shortened, then drops what may be dropped', () => {
  assert.deepEqual(renderTable(COLUMNS, ROWS, wide(80)), [
    'ID   PERSON                COUNT  WHEN',
    'one  somebody@example.com      7  today',
    'two  ada@example.com          12  tomorrow',
  ]);
  assert.deepEqual(renderTable(COLUMNS, ROWS, wide(34)), [
    'ID   PERSON        COUNT  WHEN',
    'one  somebody@ex…      7  today',
    'two  ada@example…     12  tomorrow',
  ]);
  assert.deepEqual(renderTable(COLUMNS, ROWS, wide(20)), ['ID   PERSON    COUNT', 'one  somebod…      7', 'two  ada@exa…     12']);
  assert.deepEqual(renderTable(COLUMNS, ROWS, wide(12)), ['ID   PERSON', 'one  somebo…', 'two  ada@ex…']);
  assert.deepEqual(renderTable(COLUMNS, ROWS, wide(2)), ['ID', 'o…', 't…']);
});

test('in no width does a line exceed the terminal', () => {
  for (let columns = 1; columns < 60; columns += 1) {
    for (const line of renderTable(COLUMNS, ROWS, wide(columns))) {
      assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
    }
  }
});

test('in a pipe nothing is shortened', () => {
  const long = 'x'.repeat(500);
  assert.ok(renderTable(COLUMNS, [[{ text: long }]], wide(null))[1]?.includes(long));
});

test('wide characters count as two columns and are never cut in half', () => {
  assert.equal(widthOf('田中'), 4);
  assert.equal(widthOf('👩‍🚀'), 2);
  assert.equal(widthOf('é'), 1);
  assert.equal(clip('田中さん', 5), '田中…');
  assert.equal(clip('👩‍🚀👩‍🚀', 3), '👩‍🚀…');
});

test('a name that comes from elsewhere cannot steer the terminal', () => {
  assert.equal(printable('a\u001b[31mb\r\nc\u202ed\u0085e'), 'a·[31mb·c·d·e');
});

test('durations are told as people tell them', () => {
  const told = [0, 0.4, 52, 999, 1_000, 59_940, 59_960, 125_000, 3_600_000, 12_000_000, 180_000_000].map(duration);
  assert.deepEqual(told, [
    '0 ms',
    '0 ms',
    '52 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 00 s',
    '2 min 05 s',
    '1 h 00 min',
    '3 h 20 min',
    '2 d 2 h',
  ]);
});
