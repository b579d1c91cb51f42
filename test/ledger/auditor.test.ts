import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../support/service.ts';
import { everyChange } from './support/changes.ts';
import { recordCase } from './support/evidence.ts';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'docs', 'verify-evidence.mjs');
const VECTORS = path.join(import.meta.dirname, 'vectors');

interface Hashing {
  readonly entries: readonly { entry: unknown; canonical: string; leafHash: string }[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { seq: number; size: number; proof: string[] }[];
  readonly consistency: readonly { from: number; size: number; proof: string[] }[];
}

interface Script {
  canonical(value: unknown): string;
  leafHash(text: string): Buffer;
  rootByInclusion(leaf: Buffer, index: number, size: number, proof: readonly string[]): Buffer;
  rootsByConsistency(older: Buffer, from: number, size: number, proof: readonly string[]): [Buffer, Buffer];
  verifyEvidence(bundle: unknown, trusted?: unknown, earlier?: unknown): unknown;
}

const { canonical, leafHash, rootByInclusion, rootsByConsistency, verifyEvidence } = (await import(pathToFileURL(SCRIPT).href)) as Script;

async function run(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code: code as number, said: out + err };
}

async function fileOf(t: TestContext, content: string): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'evidence.json');
  await writeFile(file, content);
  return file;
}

suite("the auditor's script", () => {
  test('is short enough to be read, and uses nothing but node:crypto', async () => {
    const source = await readFile(SCRIPT, 'utf8');
    assert.ok(source.trimEnd().split('\n').length < 150);
    assert.deepEqual(source.match(/^import .*$/gm), ["import { createHash, createPublicKey, verify } from 'node:crypto';"]);
    assert.deepEqual(source.match(/require\(|getBuiltinModule|fetch\(/g), null);
  });

  test('finds the published hashes, roots and proofs', async () => {
    const hashing = JSON.parse(await readFile(path.join(VECTORS, 'hashing.json'), 'utf8')) as Hashing;
    const leaves = hashing.entries.map(({ entry, canonical: expected, leafHash: hash }) => {
      assert.equal(canonical(entry), expected);
      assert.equal(leafHash(expected).toString('hex'), hash);
      return Buffer.from(hash, 'hex');
    });
    for (const { seq, size, proof } of hashing.inclusion) {
      assert.equal(rootByInclusion(leaves[seq - 1] ?? assert.fail(), seq - 1, size, proof).toString('hex'), hashing.roots[size]);
    }
    for (const { from, size, proof } of hashing.consistency) {
      const roots = rootsByConsistency(Buffer.from(hashing.roots[from] ?? '', 'hex'), from, size, proof);
      assert.deepEqual(
        roots.map((root: Buffer) => root.toString('hex')),
        [hashing.roots[from], hashing.roots[size]],
      );
    }
  });

  test('accepts the published evidence, with the keys and the earlier checkpoint beside it', async () => {
    const [evidence, keys, earlier] = ['evidence.json', 'jwks.json', 'checkpoint-earlier.json'].map((name) => path.join(VECTORS, name));
    const { code, said } = await run(evidence ?? '', '--key', keys ?? '', '--checkpoint', earlier ?? '');
    assert.equal(code, 0, said);
    assert.match(said, /^All holds: ledger .* of 7 entries/);
  });

  test('accepts what the service makes', async (t) => {
    const { bundle } = await recordCase(t);
    const { code, said } = await run(await fileOf(t, JSON.stringify(bundle)));
    assert.equal(code, 0, said);
  });

  test('names what is wrong and exits with 4', async (t) => {
    const evidence = await readFile(path.join(VECTORS, 'evidence.json'), 'utf8');
    const broken = await fileOf(t, evidence.replace('"suspend"', '"removed"'));
    const { code, said } = await run(broken);
    assert.deepEqual(
      [code, said.trim()],
      [4, 'It does not verify: entry 5 (step.started, 2026-03-02T08:00:04.123Z) is not what was recorded'],
    );
  });

  test('says how it is used, and exits with 2, when no evidence is named', async () => {
    for (const args of [[], ['--key', 'jwks.json']]) {
      const { code, said } = await run(...args);
      assert.deepEqual(
        [code, said.trim()],
        [2, 'Usage: node verify-evidence.mjs evidence.json [--key jwks.json] [--checkpoint earlier.json]'],
      );
    }
  });

  test('finds every change of a value, and whatever is left out, doubled or swapped', async () => {
    const evidence = await readFile(path.join(VECTORS, 'evidence.json'), 'utf8');
    const keys = JSON.parse(await readFile(path.join(VECTORS, 'jwks.json'), 'utf8')) as unknown;
    const earlier = JSON.parse(await readFile(path.join(VECTORS, 'checkpoint-earlier.json'), 'utf8')) as unknown;
    verifyEvidence(JSON.parse(evidence), keys, earlier);
    let changes = 0;
    for (const { what, text: changed } of everyChange(evidence)) {
      // Of a key only what it is made of counts here; what it says of its use is not read.
      if (!/^keys\.keys\.0\.(alg|use)/.test(what)) {
        assert.throws(
          () => verifyEvidence(JSON.parse(changed), what.startsWith('keys') ? undefined : keys, earlier),
          Error,
          `unnoticed: ${what}`,
        );
        changes += 1;
      }
    }
    assert.ok(changes > 800, `only ${changes} changes were tried`);
  });
});
