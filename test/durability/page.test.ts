import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PAGE = await readFile(path.join(ROOT, 'docs', 'durability.md'), 'utf8');

/** Every file that the page names, and the titles that it quotes behind it. */
function named(): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const line of PAGE.split('\n')) {
    let file = '';
    for (const [, path, title] of line.matchAll(/`(test\/[^`]+)`|“([^”]+)”/g)) {
      file = path ?? file;
      titles.set(file, [...(titles.get(file) ?? []), ...(title === undefined ? [] : [title])]);
    }
  }
  return titles;
}

suite('the page about durability', () => {
  test('names tests that exist, by their titles', async () => {
    for (const [file, titles] of named()) {
      const text = await readFile(path.join(ROOT, file), 'utf8');
      for (const title of titles) {
        assert.ok(text.includes(`test('${title}'`), `${file} has no test with the title: ${title}`);
      }
    }
  });

  test('names a test in every row of its first table', () => {
    const rows = PAGE.slice(0, PAGE.indexOf('\n\n', PAGE.indexOf('|---|'))).split('\n');
    const crashes = rows.filter((row) => row.startsWith('|')).slice(2);
    assert.ok(crashes.length > 10);
    assert.deepEqual(
      crashes.filter((row) => !/“[^”]+”|the same, at every call/.test(row.split('|').at(-2) ?? '')),
      [],
    );
  });

  test('quotes every test of this folder whose title tells of a crash', async () => {
    const quoted = [...named().values()].flat();
    for (const file of [
      'kill',
      'kill-at-intake',
      'kill-at-notification',
      'kill-going-back',
      'chaos',
      'failover',
      'drain',
      'postgres-restart',
      'wake-ups',
    ]) {
      const text = await readFile(path.join(import.meta.dirname, `${file}.test.ts`), 'utf8');
      for (const [, title = ''] of text.matchAll(/^test\('([^']+)'/gm)) {
        assert.ok(quoted.includes(title), `the page says nothing of: ${title}`);
      }
    }
  });
});
