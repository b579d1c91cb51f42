import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { readPage, shownCommands, wrongCommands } from './pages.ts';

const PAGES = ['docs/operating.md', 'docs/kubernetes.md', 'README.md'];

for (const page of PAGES) {
  test(`every command and every option that ${page} shows exists`, async () => {
    const markdown = await readPage(page);
    assert.ok(shownCommands(markdown).length > 0);
    assert.deepEqual(wrongCommands(markdown), []);
  });
}

test('a command, a command of a command, and an option that there is none of are found', () => {
  const page =
    '```sh\nnpx leaver fire a@b.example\nleaver config show  # no\nleaver plan a@b.example --colour\nleaver cases --json | head -1\n```\n`leaver retry --now`';
  assert.deepEqual(wrongCommands(page), [
    'leaver fire a@b.example: there is no fire',
    'leaver config show: there is no show',
    'leaver plan a@b.example --colour: there is no --colour',
    'leaver retry --now: there is no --now',
  ]);
});

test('every setting that the page on operating names exists', async () => {
  const config: unknown = await parseConfig({ text: '{}', path: '/etc/leaver/leaver.yaml', env: {} });
  const rooms = Object.keys(config as object).join('|');
  const named = [...(await readPage('docs/operating.md')).matchAll(new RegExp(`\`((?:${rooms})\\.[A-Za-z.]+)\``, 'g'))].map(
    ([, name = '']) => name,
  );
  assert.ok(named.length >= 3);
  const isThere = (name: string): boolean =>
    name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config) !== undefined;
  assert.deepEqual(
    [...new Set(named)].filter((name) => !isThere(name)),
    [],
  );
});
