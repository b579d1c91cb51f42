import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { type Page, ROOT, readPages } from './support/pages.ts';

const PAGES = await readPages();

/** The anchors that a page has on GitHub: one a heading. */
function anchorsOf({ prose }: Page): Set<string> {
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function faultOf(page: Page, link: string): string | null {
  const [to = '', anchor] = link.split('#');
  const file = to === '' ? page.file : path.join(path.dirname(page.file), to);
  if (!existsSync(path.join(ROOT, file))) return `there is no ${file}`;
  const target = PAGES.find((one) => one.file === file);
  return anchor !== undefined && !(target && anchorsOf(target).has(anchor)) ? `${file} has no heading ${anchor}` : null;
}

test('every relative link and anchor of the pages leads somewhere', () => {
  const links = PAGES.flatMap((page) => [...page.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })));
  const relative = links.filter(({ link }) => !/^(?:https?:|mailto:)/.test(link));
  assert.ok(relative.length > 50, `only ${relative.length} links were found`);
  const faults = relative.flatMap(({ page, link }) => {
    const fault = faultOf(page, link);
    return fault === null ? [] : [`${page.file}: ${link}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

test('every file of ours that the pages name by its whole path exists', () => {
  const named = PAGES.flatMap(({ file, spans }) =>
    spans.filter((span) => /^(?:src|test|docs|ops|docker|bench)\/[\w./-]+$/.test(span)).map((span) => ({ file, span })),
  );
  assert.ok(named.length > 5, `only ${named.length} paths were found`);
  assert.deepEqual(
    named.filter(({ span }) => !existsSync(path.join(ROOT, span))),
    [],
  );
});

test('every page under docs can be reached from the README', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    const page = PAGES.find((one) => one.file === file);
    if (!page || reached.has(file)) return;
    reached.add(file);
    for (const [, to = ''] of page.prose.matchAll(/\]\(([^)\s#]+)/g)) visit(path.join(path.dirname(file), to));
  };
  visit('README.md');
  assert.deepEqual(
    PAGES.map(({ file }) => file).filter((file) => !reached.has(file)),
    [],
  );
});

test('docs/design.md has a row for every folder of the source, and for no other', async () => {
  const design = PAGES.find(({ file }) => file === 'docs/design.md')?.prose ?? '';
  const rows = design
    .slice(design.indexOf('| folder |'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const written = rows.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const there = (await readdir(path.join(ROOT, 'src'), { withFileTypes: true })).filter((one) => one.isDirectory()).map(({ name }) => name);
  assert.deepEqual(written.toSorted(), there.toSorted());
});
