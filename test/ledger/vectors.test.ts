import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';
import type { KeySet } from '../../src/ledger/bundle.ts';
import type { CheckpointFile } from '../../src/ledger/checkpoint.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { verifyCheckpoint } from '../../src/ledger/verify-checkpoint.ts';
import { makeVectors } from './vectors/make.ts';

const FOLDER = path.join(import.meta.dirname, 'vectors');
const read = async (name: string): Promise<string> => await readFile(path.join(FOLDER, name), 'utf8');
const parsed = async <T>(name: string): Promise<T> => JSON.parse(await read(name)) as T;

suite('the published test vectors', () => {
  test('are what this version makes: write them anew with `node test/ledger/vectors/make.ts` when the format changes', async () => {
    const made = await makeVectors();
    const published = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
    assert.deepEqual(published.sort(), Object.keys(made).sort());
    for (const [name, text] of Object.entries(made)) {
      assert.equal(await read(name), text, name);
    }
  });

  test('verify with this version', async () => {
    const [keys, earlier] = [await parsed<KeySet>('jwks.json'), await parsed<CheckpointFile>('checkpoint-earlier.json')];
    const verdict = await verifyEvidence(await read('evidence.json'), keys, earlier.statement);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    for (const name of ['checkpoint.json', 'evidence.json']) {
      assert.ok((await verifyCheckpoint(await read(name), keys, earlier.statement)).ok, name);
    }
  });
});
