import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { isArchive, packArchive, unpackArchive } from '../../src/ledger/archive.ts';
import { NAMES, summaryOf } from '../../src/ledger/archive-files.ts';
import type { KeySet } from '../../src/ledger/bundle.ts';
import { inForm } from '../../src/ledger/forms.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { verifyArchive } from '../../src/ledger/verify-archive.ts';
import { verifyCheckpoint } from '../../src/ledger/verify-checkpoint.ts';
import { runs } from '../support/sweep.ts';
import { recordCase } from './support/evidence.ts';

const AT = new Date('2026-03-02T08:00:00.000Z');

async function archived(t: TestContext) {
  const recorded = await recordCase(t);
  const { body } = await inForm(recorded.bundle, 'zip', recorded.signer);
  assert.ok(body instanceof Uint8Array);
  const unpacked = unpackArchive(body);
  assert.ok('files' in unpacked);
  return { ...recorded, bytes: body, files: unpacked.files, trusted: { keys: await recorded.signer.publicKeys() } };
}

async function refuse(files: Readonly<Record<string, string>>, trusted?: KeySet): Promise<string> {
  const verdict = await verifyArchive(packArchive(files, AT), trusted);
  assert.ok(!verdict.ok, 'this went unnoticed');
  return verdict.problem;
}

test('an archive of evidence', async (t) => {
  const [archive, other] = [await archived(t), await archived(t)];
  const { bytes, files, trusted, bundle, signer } = archive;

  await t.test('verifies by itself, and with the keys of whoever made it', async () => {
    assert.ok(isArchive(bytes));
    for (const keys of [undefined, trusted]) {
      const verdict = await verifyArchive(bytes, keys);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.equal(verdict.kid, signer.kid);
    }
  });

  await t.test('holds the bundle, the page, the checkpoint and the keys, each of which stands by itself', async () => {
    assert.deepEqual(Object.keys(files).sort(), Object.values(NAMES).sort());
    assert.deepEqual(JSON.parse(files[NAMES.bundle] ?? ''), JSON.parse(JSON.stringify(bundle)));
    assert.equal(files[NAMES.summary], summaryOf(bundle));
    assert.deepEqual(JSON.parse(files[NAMES.keys] ?? ''), trusted);
    assert.ok((await verifyEvidence(files[NAMES.bundle] ?? '', trusted)).ok);
    assert.ok((await verifyCheckpoint(files[NAMES.checkpoint] ?? '', trusted)).ok);
    assert.match(files[NAMES.readme] ?? '', /leaver verify/);
  });

  for (const name of Object.values(NAMES)) {
    await t.test(`in which ${name} was changed or left out is refused, and what is wrong is named`, async () => {
      const { [name]: text = '', ...rest } = files;
      const changed = await refuse(
        { ...files, [name]: text.replace(/[a-z](?=[^a-z]*$)/, (letter) => (letter === 'a' ? 'b' : 'a')) },
        trusted,
      );
      const missing = await refuse(rest, trusted);
      const isNamed = name !== NAMES.manifest && name !== NAMES.bundle;
      assert.ok(!isNamed || (changed.includes(name) && missing.includes(name)), `${changed}; ${missing}`);
    });
  }

  await t.test('to which a file was added is refused', async () => {
    assert.equal(await refuse({ ...files, 'more.html': '<p>' }, trusted), 'more.html in the ZIP file was added since it was signed');
  });

  await t.test('whose page belongs to another case is refused', async () => {
    const page = other.files[NAMES.summary] ?? '';
    assert.match(await refuse({ ...files, [NAMES.summary]: page }, trusted), /^summary\.html in the ZIP file was changed/);
    assert.match(await refuse({ ...files, [NAMES.summary]: page, [NAMES.manifest]: other.files[NAMES.manifest] ?? '' }, trusted), /key/);
  });

  await t.test('made with another key is refused by whoever brings the right ones', async () => {
    assert.match(await refuse(files, other.trusted), /not among the trusted ones/);
  });

  await t.test('was signed with a key that has been replaced in the meantime, and verifies all the same', async () => {
    await signer.rotate(() => undefined);
    const { body } = await inForm(bundle, 'zip', signer);
    for (const one of [bytes, body as Uint8Array]) {
      const verdict = await verifyArchive(one, { keys: await signer.publicKeys() });
      assert.ok(verdict.ok, JSON.stringify(verdict));
    }
    assert.ok((await verifyArchive(body as Uint8Array)).ok);
  });

  await t.test('in which any byte was changed is refused, or says what it said before', async () => {
    const property = fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
      const verdict = await verifyArchive(bytes.with(place, ((bytes[place] ?? 0) + by) % 256), trusted);
      assert.ok(!verdict.ok || JSON.stringify(verdict.payload) === JSON.stringify(bundle.payload));
    });
    await fc.assert(property, runs(150));
  });
});

suite('a ZIP file', () => {
  test('comes back as it was packed', () => {
    const files = { 'a.txt': 'ä\u{1f600}', 'b.txt': '' };
    assert.deepEqual(unpackArchive(packArchive(files, AT)), { files });
  });

  test('that is cut off, or none, is answered and never thrown', () => {
    const bytes = packArchive({ 'a.txt': 'a'.repeat(1_000) }, AT);
    for (const broken of [bytes.subarray(0, -1), bytes.subarray(0, 40), bytes.subarray(4), new Uint8Array(), new Uint8Array(100)]) {
      assert.ok('problem' in unpackArchive(broken));
    }
  });

  test('that holds one name twice is refused, since tools differ in which they show', () => {
    const twice = zipSync({ 'a.txt': strToU8('one'), 'b.txt': strToU8('two') });
    const text = Buffer.from(twice).toString('latin1').replaceAll('b.txt', 'a.txt');
    assert.deepEqual(unpackArchive(Buffer.from(text, 'latin1')), { problem: 'the ZIP file holds a.txt twice' });
  });

  test('that says it unpacks to more than anybody needs is refused unread', () => {
    const bytes = Buffer.from(packArchive({ 'a.txt': 'a' }, AT));
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    bytes.writeUInt32LE(0x7fffffff, central + 24);
    assert.deepEqual(unpackArchive(bytes), { problem: 'a.txt in the ZIP file is larger than any that Leaver makes' });
  });

  test('that holds something else than text in UTF-8 is refused', () => {
    const bytes = zipSync({ 'a.txt': Uint8Array.of(0xff, 0xfe) });
    assert.deepEqual(unpackArchive(bytes), { problem: 'the ZIP file cannot be read: a file in it is not text in UTF-8' });
  });

  test('of very many files is refused', () => {
    const bytes = packArchive(Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`${index}.txt`, ''])), AT);
    assert.deepEqual(unpackArchive(bytes), { problem: 'the ZIP file holds more files than any that Leaver makes' });
  });
});
