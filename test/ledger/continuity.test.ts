import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import type { CheckpointFile } from '../../src/ledger/checkpoint.ts';
import { makeCheckpoint } from '../../src/ledger/sign-checkpoint.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { verifyCheckpoint } from '../../src/ledger/verify-checkpoint.ts';
import { everyChange } from './support/changes.ts';
import { exported, type Recorded, recordCase, recordShortCase } from './support/evidence.ts';
import { append, numbered } from './support/ledger.ts';

/** A case, and the checkpoint that an auditor has kept when it was over and two more entries had come: 17 in all. */
async function kept(t: TestContext): Promise<Recorded & { kept: CheckpointFile }> {
  const recorded = await recordCase(t);
  await append(recorded, numbered(20), numbered(21));
  return { ...recorded, kept: await makeCheckpoint(recorded, null) };
}

/** What somebody with power over the database does who restores it as it was before. */
async function cutBack({ db }: Recorded, size: number): Promise<void> {
  const tables = ['ledger_entry', 'ledger_leaf', 'ledger_node', 'ledger_pending'];
  const statements = [
    ...tables.map((table) => `alter table ${table} disable trigger all`),
    `delete from ledger_node where (position + 1) * (1 << level) > ${size}`,
    `delete from ledger_leaf where seq > ${size}`,
    'delete from ledger_entry where not exists (select from ledger_leaf where entry_id = id)',
    ...tables.map((table) => `alter table ${table} enable trigger all`),
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}

async function problemOf(text: string, earlier: CheckpointFile): Promise<string> {
  const verify = 'checkpoint' in (JSON.parse(text) as object) ? verifyCheckpoint : verifyEvidence;
  const verdict = await verify(text, undefined, earlier.statement);
  assert.ok(!verdict.ok, 'it went unnoticed');
  return verdict.problem;
}

suite('somebody who has kept a checkpoint', () => {
  test('is shown by every later one, and by evidence, that the ledger goes on where it was', async (t) => {
    const recorded = await kept(t);
    for (let number = 0; number < 5; number += 1) {
      const next = await makeCheckpoint(recorded, recorded.kept.statement.size);
      assert.ok((await verifyCheckpoint(JSON.stringify(next), undefined, recorded.kept.statement)).ok);
      const bundle = await exported(recorded, recorded.subject, recorded.kept.statement.size);
      assert.ok((await verifyEvidence(JSON.stringify(bundle), undefined, recorded.kept.statement)).ok);
      await append(recorded, numbered(30 + number));
    }
  });

  test('finds a ledger that was cut off at its end', async (t) => {
    const recorded = await kept(t);
    await cutBack(recorded, 15);
    await assert.rejects(makeCheckpoint(recorded, 17), { code: 'conflict', message: /has 15 entries, fewer than the 17/ });
    const next = await makeCheckpoint(recorded, null);
    assert.match(
      await problemOf(JSON.stringify(next), recorded.kept),
      /^entry 16 is the first that is missing: .* had 17 entries, .* only 15/,
    );
    const bundle = await exported(recorded, recorded.subject);
    assert.ok((await verifyEvidence(JSON.stringify(bundle))).ok, 'by itself it is sound');
    assert.match(await problemOf(JSON.stringify(bundle), recorded.kept), /^entry 16 is the first that is missing/);
  });

  for (const entries of [2, 3, 40]) {
    test(`finds an older copy that went on by ${entries} other entries`, async (t) => {
      const recorded = await kept(t);
      await cutBack(recorded, 15);
      await append(recorded, ...Array.from({ length: entries }, (_, number) => numbered(100 + number)));
      const next = await makeCheckpoint(recorded, 17);
      assert.ok((await verifyCheckpoint(JSON.stringify(next))).ok, 'by itself it is sound');
      assert.match(
        await problemOf(JSON.stringify(next), recorded.kept),
        /^the first 17 entries of the ledger are not those of the earlier checkpoint/,
      );
      const bundle = await exported(recorded, recorded.subject, 17);
      assert.match(await problemOf(JSON.stringify(bundle), recorded.kept), /^the first 17 entries of the ledger are not those/);
    });
  }

  test('is told what to do when there is no proof, when it is the other way round, and when it is another ledger', async (t) => {
    const recorded = await kept(t);
    await append(recorded, numbered(30));
    const unproven = await makeCheckpoint(recorded, null);
    assert.match(await problemOf(JSON.stringify(unproven), recorded.kept), /does not prove that it continues .* --since/);
    assert.match(await problemOf(JSON.stringify(recorded.bundle), recorded.kept), /compare them the other way round/);
    const other = await kept(t);
    const stranger = { ...other.kept, statement: { ...other.kept.statement, log: '00000000-0000-4000-8000-000000000000' } };
    assert.match(await problemOf(JSON.stringify(unproven), stranger), /comes from the ledger .* the earlier checkpoint from another one/);
  });
});

test('in a checkpoint no value can be changed, left out, doubled or swapped unnoticed', async (t) => {
  const recorded = await kept(t);
  await append(recorded, numbered(30), numbered(31));
  const text = JSON.stringify(await makeCheckpoint(recorded, recorded.kept.statement.size));
  assert.ok((await verifyCheckpoint(text, undefined, recorded.kept.statement)).ok);
  for (const { what, text: changed } of everyChange(text)) {
    const verdict = await verifyCheckpoint(changed, undefined, recorded.kept.statement);
    assert.ok(!verdict.ok, `this went unnoticed: ${what}`);
  }
});

test('no single byte of evidence can be another one unnoticed', async (t) => {
  const { bundle, signer } = await recordShortCase(t);
  const text = JSON.stringify(bundle);
  const trusted = { keys: await signer.publicKeys() };
  const bytes = Buffer.from(text, 'utf8');
  for (const [at, byte] of bytes.entries()) {
    const changed = Buffer.from(bytes);
    // Another digit, another letter, or another sign: what is still JSON is what could be believed.
    changed[at] = byte === 0x39 ? 0x38 : /[0-8a-yA-Y]/.test(String.fromCharCode(byte)) ? byte + 1 : byte ^ 1;
    const verdict = await verifyEvidence(changed.toString('utf8'), trusted);
    assert.ok(!verdict.ok, `byte ${at} of ${text.slice(at - 20, at + 20)} went unnoticed`);
  }
});
