import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const TESTS = path.join(import.meta.dirname, '..');
const SWEEP = path.join(import.meta.dirname, 'sweep.ts');

/** What the sweep makes of these variables: what it prints, and the parameters of a hundred runs. */
function sweepWith(variables: Readonly<Record<string, string>>): { said: string; seed: number; numRuns: number } {
  const script = `const { runs } = await import(${JSON.stringify(SWEEP)}); console.log(JSON.stringify(runs(100)))`;
  const { LEAVER_TEST_LONG: _long, LEAVER_TEST_SEED: _seed, ...rest } = process.env;
  const lines = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: { ...rest, ...variables } });
  const [said = '', parameters = ''] = lines.trim().split('\n');
  return { said, ...(JSON.parse(parameters) as { seed: number; numRuns: number }) };
}

test('properties are walked the same way each time, and the seed is printed', () => {
  const { said, seed, numRuns } = sweepWith({});
  assert.deepEqual([seed, numRuns], [sweepWith({}).seed, 100]);
  assert.ok(said.includes(`seed ${seed}`), said);
});

test('the long sweep goes further with a seed of its own, and the printed seed brings it back', () => {
  const long = sweepWith({ LEAVER_TEST_LONG: '1' });
  assert.ok(long.numRuns > 100);
  assert.notEqual(long.seed, sweepWith({ LEAVER_TEST_LONG: '1' }).seed);
  assert.ok(long.said.includes(`seed ${long.seed}`), long.said);
  assert.equal(sweepWith({ LEAVER_TEST_LONG: '1', LEAVER_TEST_SEED: String(long.seed) }).seed, long.seed);
});

test('no property test has a seed or a number of runs of its own', async () => {
  const own: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: TESTS })) {
    const text = await readFile(path.join(TESTS, file), 'utf8');
    const properties = text.match(/fc\.(assert|check)\(/g)?.length ?? 0;
    const swept = text.match(/\bruns\((\d[\d_]*|numRuns)?\)/g)?.length ?? 0;
    if (file !== 'support/sweep.test.ts' && properties > swept) {
      own.push(`${file}: ${properties} properties, ${swept} of them with runs()`);
    }
  }
  assert.deepEqual(own, []);
});
