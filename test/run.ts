/**
 * Runs the tests: all of them, or the files that are named.
 *
 *     node test/run.ts [--long] [--unless-passed] [option of node …] [file …]
 *
 * With `--long`, properties are walked further. With `--unless-passed` nothing is run when all of them have passed on exactly these files before, with this version of Node.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fingerprint } from './support/fingerprint.ts';
import { groupTests } from './support/groups.ts';

const ROOT = path.join(import.meta.dirname, '..');
const PASSED = path.join(ROOT, 'node_modules', '.cache', 'tests-passed');

const OURS = ['--long', '--unless-passed'] as const;

const given = process.argv.slice(2);
const [isLong, unlessPassed] = OURS.map((option) => given.includes(option));
const rest = given.filter((argument) => !OURS.some((option) => option === argument));
const before = await fingerprint(ROOT);
if (unlessPassed && before !== null && before === (await lastPassed())) {
  process.stdout.write('All tests have passed on exactly these files before, so they are not run again; `npm test` runs them.\n');
} else {
  process.exitCode = await runTests();
  const isWhole = rest.length === 0 && !isLong;
  if (isWhole && process.exitCode === 0 && before !== null && before === (await fingerprint(ROOT))) {
    await mkdir(path.dirname(PASSED), { recursive: true });
    await writeFile(PASSED, before);
  }
}

async function lastPassed(): Promise<string | null> {
  return await readFile(PASSED, 'utf8').catch(() => null);
}

async function runTests(): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-test-groups-'));
  try {
    const [options, files] = [rest.filter((argument) => argument.startsWith('-')), rest.filter((argument) => !argument.startsWith('-'))];
    return await runNode([...options, ...(files.length > 0 ? files : await groupTests(ROOT, folder))]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runNode(what: readonly string[]): Promise<number> {
  const flags = ['--test', '--test-concurrency=3', '--test-global-setup=test/support/global-setup.ts'];
  const child = spawn(process.execPath, ['--import', path.join(ROOT, 'test/support/leftovers.ts'), ...flags, ...what], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...(isLong && { LEAVER_TEST_LONG: '1' }) },
  });
  // An interruption reaches the whole group; the tests' own end is what counts.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
