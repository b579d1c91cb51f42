/**
 * Runs the tests: all of them, or the files that are named.
 *
 *     node test/run.ts [--long] [--unless-passed] [option of node …] [file …]
 *
 * With `--long`, properties are walked further. With `--unless-passed` nothing is run when all of them have passed on exactly these files before, with this version of Node.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fingerprint } from './support/fingerprint.ts';

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
  const flags = ['--test', '--test-concurrency=3', '--test-global-setup=test/support/global-setup.ts'];
  const [options, files] = [rest.filter((argument) => argument.startsWith('-')), rest.filter((argument) => !argument.startsWith('-'))];
  const what = files.length > 0 ? files : ['test/**/*.test.ts'];
  const child = spawn(process.execPath, ['--import', './test/support/leftovers.ts', ...flags, ...options, ...what], {
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
