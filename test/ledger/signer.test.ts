import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { compactVerify, importJWK } from 'jose';
import { openSigner } from '../../src/ledger/signer.ts';
import { freshDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/service.ts';

async function place(t: TestContext) {
  const { db } = await freshDatabase(t);
  const dataDir = await temporaryFolder(t);
  return { db, dataDir, file: path.join(dataDir, 'evidence-key.json') };
}

suite('the signing key', () => {
  test('is made at the first start, readable by its owner only, and left alone afterwards', async (t) => {
    const { db, dataDir, file } = await place(t);
    const first = await openSigner({ dataDir, db });
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const bytes = await readFile(file);
    const second = await openSigner({ dataDir, db });
    assert.equal(second.kid, first.kid);
    assert.deepEqual(await readFile(file), bytes);
    assert.deepEqual(await readdir(dataDir), ['evidence-key.json']);
  });

  test('is made with its folder where there is none', async (t) => {
    const { db, dataDir } = await place(t);
    await openSigner({ dataDir: path.join(dataDir, 'deep', 'down'), db });
  });

  test('signs what its public half, as everybody can fetch it, confirms', async (t) => {
    const { db, dataDir } = await place(t);
    const signer = await openSigner({ dataDir, db });
    const [key] = await signer.publicKeys();
    assert.ok(key && key.kid === signer.kid);
    const signed = await signer.sign('{"a":1}', 'leaver-evidence+jws');
    assert.deepEqual(signed.key, key);
    const { payload, protectedHeader } = await compactVerify(signed.jws, await importJWK(key, 'EdDSA'));
    assert.equal(new TextDecoder().decode(payload), '{"a":1}');
    assert.deepEqual(protectedHeader, { alg: 'EdDSA', kid: signer.kid, typ: 'leaver-evidence+jws' });
  });

  test('never reaches the database, nor those who ask for the public keys', async (t) => {
    const { db, dataDir, file } = await place(t);
    const signer = await openSigner({ dataDir, db });
    const { d } = JSON.parse(await readFile(file, 'utf8')) as { d: string };
    const rows = JSON.stringify(await db.selectFrom('signing_key').selectAll().execute());
    assert.ok(!rows.includes(d) && !JSON.stringify(await signer.publicKeys()).includes(d));
  });

  test('is one, however many processes make it at once', async (t) => {
    const { db, dataDir } = await place(t);
    const signers = await Promise.all(Array.from({ length: 8 }, async () => await openSigner({ dataDir, db })));
    assert.equal(new Set(signers.map(({ kid }) => kid)).size, 1);
    assert.deepEqual(await readdir(dataDir), ['evidence-key.json']);
    assert.equal((await db.selectFrom('signing_key').selectAll().execute()).length, 1);
  });

  test('may be replaced: the old public key is still told, behind the new one', async (t) => {
    const { db, dataDir, file } = await place(t);
    const first = await openSigner({ dataDir, db });
    await rename(file, `${file}.old`);
    const second = await openSigner({ dataDir, db });
    assert.deepEqual(
      (await second.publicKeys()).map(({ kid }) => kid),
      [second.kid, first.kid],
    );
  });
});

suite('a rotation of the signing key', () => {
  const record = () => undefined;

  test('destroys the old private key and leaves one file, which its owner only can read', async (t) => {
    const { db, dataDir, file } = await place(t);
    const signer = await openSigner({ dataDir, db });
    const { d: old } = JSON.parse(await readFile(file, 'utf8')) as { d: string };
    const { from, to } = await signer.rotate(record);
    assert.deepEqual([signer.kid, from === to], [to, false]);
    assert.deepEqual(await readdir(dataDir), ['evidence-key.json']);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.ok(!(await readFile(file, 'utf8')).includes(old));
    assert.deepEqual(
      (await signer.publicKeys()).map(({ kid }) => kid),
      [to, from],
    );
    assert.equal((await openSigner({ dataDir, db })).kid, to, 'also after a restart');
  });

  test('is followed by other processes with the same folder, with their next signature', async (t) => {
    const { db, dataDir } = await place(t);
    const [first, second] = [await openSigner({ dataDir, db }), await openSigner({ dataDir, db })];
    const { from, to } = await first.rotate(record);
    assert.equal(second.kid, from);
    assert.equal((await second.sign('{}', 'leaver-evidence+jws')).key.kid, to);
  });

  test('changes nothing when it cannot be recorded', async (t) => {
    const { db, dataDir, file } = await place(t);
    const signer = await openSigner({ dataDir, db });
    const before = await readFile(file, 'utf8');
    const failing = signer.rotate(() => {
      throw new Error('the ledger cannot be written');
    });
    await assert.rejects(failing, /the ledger cannot be written/);
    assert.equal(await readFile(file, 'utf8'), before);
    assert.equal((await signer.publicKeys()).length, 1);
  });

  test('leaves the key in use when the file is moved away meanwhile', async (t) => {
    const { db, dataDir, file } = await place(t);
    const signer = await openSigner({ dataDir, db });
    await rename(file, `${file}.away`);
    assert.equal((await signer.sign('{}', 'leaver-checkpoint+jws')).key.kid, signer.kid);
  });
});

const GOOD = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
};

suite('a damaged key file is named, with what to do about it', () => {
  const damaged: Readonly<Record<string, string>> = {
    'is empty': '',
    'was cut off': JSON.stringify(GOOD).slice(0, -20),
    'holds another kind of key': JSON.stringify({ ...GOOD, kty: 'EC', crv: 'P-256' }),
    'has lost its private half': JSON.stringify({ ...GOOD, d: undefined }),
    'has a private half of the wrong length': JSON.stringify({ ...GOOD, d: 'nWGxne' }),
    'has halves that do not belong together': JSON.stringify({ ...GOOD, x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08' }),
  };
  for (const [what, text] of Object.entries(damaged)) {
    test(`when it ${what}`, async (t) => {
      const { db, dataDir, file } = await place(t);
      await writeFile(file, text, { mode: 0o600 });
      await assert.rejects(openSigner({ dataDir, db }), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'configuration');
        assert.ok(error.message.includes(file) && error.message.includes('backup'));
        assert.ok(!error.message.includes(GOOD.d));
        return true;
      });
      assert.equal(await readFile(file, 'utf8'), text, 'it is left as it was found');
      assert.deepEqual(await db.selectFrom('signing_key').selectAll().execute(), []);
    });
  }

  test('the same file whole is taken (the key of RFC 8037, appendix A)', async (t) => {
    const { db, dataDir, file } = await place(t);
    await writeFile(file, JSON.stringify(GOOD), { mode: 0o600 });
    assert.equal((await openSigner({ dataDir, db })).kid, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  test('a folder that cannot be made is an error too, and never a key in memory', async (t) => {
    const { db, dataDir } = await place(t);
    await writeFile(path.join(dataDir, 'file'), '');
    await assert.rejects(openSigner({ dataDir: path.join(dataDir, 'file'), db }));
    await mkdir(path.join(dataDir, 'evidence-key.json'));
    await chmod(path.join(dataDir, 'evidence-key.json'), 0o700);
    await assert.rejects(openSigner({ dataDir, db }));
    assert.deepEqual(await db.selectFrom('signing_key').selectAll().execute(), []);
  });
});
