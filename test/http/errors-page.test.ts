import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ERROR_CODES } from '../../src/kernel/errors.ts';

const PAGE = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8');

/** The rows of the table, without its head. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('docs/errors.md lists every code that there is, and none that there is not, as the code has it', () => {
  const written = ROWS.map(([, code = '', status, title, again]) => [code.replaceAll('`', ''), Number(status), title, again === 'yes']);
  const known = Object.entries(ERROR_CODES).map(([code, { status, title, retryable }]) => [code, status, title, retryable]);
  assert.deepEqual(written.toSorted(byCode), known.toSorted(byCode));
});

test('docs/errors.md says what to do about each of them', () => {
  assert.deepEqual(
    ROWS.filter(([, , , , , advice = '']) => advice.length < 20),
    [],
  );
});

function byCode([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
