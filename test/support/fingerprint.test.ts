import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fingerprint } from './fingerprint.ts';

async function project(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'leaver-fingerprint-'));
  t.after(async () => await rm(root, { recursive: true }));
  execFileSync('git', ['init', '--quiet', root]);
  await writeFile(path.join(root, '.gitignore'), 'ignored\n');
  await writeFile(path.join(root, 'known'), 'one');
  return root;
}

test('the same files have the same fingerprint, and what Git ignores makes no difference', async (t) => {
  const root = await project(t);
  const before = await fingerprint(root);
  await writeFile(path.join(root, 'ignored'), 'anything');
  assert.equal(await fingerprint(root), before);
});

test('a changed, added, moved or missing file has another fingerprint', async (t) => {
  const root = await project(t);
  execFileSync('git', ['-C', root, 'add', '.']);
  const seen = new Set([await fingerprint(root)]);
  await writeFile(path.join(root, 'known'), 'two');
  seen.add(await fingerprint(root));
  await writeFile(path.join(root, 'added'), '');
  seen.add(await fingerprint(root));
  await rm(path.join(root, 'known'));
  seen.add(await fingerprint(root));
  await writeFile(path.join(root, 'knowt'), 'wo');
  seen.add(await fingerprint(root));
  assert.equal(seen.size, 5);
});

test('where there is no Git to ask, nothing is said to be the same', async (t) => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'leaver-fingerprint-'));
  t.after(async () => await rm(root, { recursive: true }));
  assert.equal(await fingerprint(root), null);
});
