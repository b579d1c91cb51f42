import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { suite, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLedgerChecker } from '../../src/ledger/checker.ts';
import { signWhenDue } from '../../src/ledger/keep-checkpoints.ts';
import { openMemory } from '../../src/ledger/memory.ts';
import { openSigner } from '../../src/ledger/signer.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/service.ts';
import { append, numbered, type OpenLedger, openLedger, SILENT } from './support/ledger.ts';

const AT_ONCE = { checkpointEntries: 1, checkpointSeconds: 3_600 };

async function open(t: TestContext) {
  const opened = await openLedger(t);
  const dataDir = await temporaryFolder(t);
  const signer = await openSigner({ dataDir, db: opened.db });
  const breaks: string[] = [];
  const restart = () => {
    const memory = openMemory(dataDir);
    const onBreak = (problem: string) => void breaks.push(problem);
    return createLedgerChecker({ db: opened.db, signer, memory, clock: systemClock, log: SILENT, everySeconds: 1, onBreak });
  };
  const checkpoint = async () => await signWhenDue({ db: opened.db, signer, clock: systemClock, log: SILENT, schedule: AT_ONCE });
  return { ...opened, dataDir, signer, breaks, restart, checkpoint, checker: restart(), memory: openMemory(dataDir) };
}

/** Twelve sealed entries, one of them with something set apart, and a checkpoint after the tenth. */
async function filled(t: TestContext) {
  const opened = await open(t);
  const apart = { kind: 'signal.recorded', caseId: randomUUID(), data: {}, personal: { name: 'Lea Ver' } } as const;
  await append(opened, ...[1, 2, 3, 4].map((number) => numbered(number)), apart, ...[6, 7, 8, 9, 10].map((number) => numbered(number)));
  await opened.ledger.seal();
  assert.ok(await opened.checkpoint());
  await append(opened, numbered(11), numbered(12));
  await opened.ledger.seal();
  return opened;
}

/** What only somebody can do who may switch off the database's own guards. */
async function tamper({ db }: OpenLedger, ...statements: readonly string[]): Promise<void> {
  const tables = ['ledger_entry', 'ledger_leaf', 'ledger_node', 'ledger_checkpoint', 'ledger_log'];
  for (const table of tables) {
    await sql.raw(`alter table ${table} disable trigger all`).execute(db);
  }
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
  for (const table of tables) {
    await sql.raw(`alter table ${table} enable trigger all`).execute(db);
  }
}

suite('the checker', () => {
  test('finds a ledger sound, and then looks at what is new only', async (t) => {
    const opened = await filled(t);
    assert.deepEqual(opened.checker.status(), { ok: true, checked: 0, checkedAt: null, problem: null });
    const { ok, checked, checkedAt } = await opened.checker.check();
    assert.deepEqual([ok, checked, typeof checkedAt], [true, 12, 'string']);
    await append(opened, ...Array.from({ length: 1_200 }, (_, number) => numbered(number)));
    await opened.ledger.seal();
    assert.equal((await opened.checker.check()).checked, 1_212);
    assert.deepEqual(opened.breaks, []);
  });

  test('finds an empty ledger sound', async (t) => {
    assert.equal((await (await open(t)).checker.check()).ok, true);
  });

  test('goes on by itself until it is stopped', async (t) => {
    const opened = await filled(t);
    const stop = opened.checker.keepChecking();
    await eventually('it was checked', async () => opened.checker.status().checked === 12);
    await stop();
  });

  const BREAKS: Readonly<Record<string, readonly [statements: readonly string[], problem: RegExp]>> = {
    'an entry that was changed': [
      [`update ledger_entry set body = replace(body, '"number":7', '"number":70')`],
      /^entry 7 is not what was recorded/,
    ],
    'an entry that was changed together with its hash': [
      [
        `update ledger_entry set body = replace(body, '"number":7', '"number":70')`,
        `update ledger_node set hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) from ledger_entry, ledger_leaf
          where ledger_leaf.entry_id = ledger_entry.id and level = 0 and position = seq - 1`,
      ],
      /^the tree does not follow from its entries at node 1\/3/,
    ],
    'an entry that is gone': [['delete from ledger_leaf where seq = 3'], /^entry 3 is missing: the next one is 4/],
    'two entries that changed places': [
      [
        'update ledger_leaf set entry_id = -entry_id where seq in (8, 9)',
        'update ledger_leaf set entry_id = 8 + 9 + entry_id where seq in (8, 9)',
      ],
      /^entry 8 is not what was recorded/,
    ],
    'a body that went without a word': [
      [`update ledger_entry set body = null where id = 2`],
      /^entry 2 has lost its body, and no entry says that its case was pruned/,
    ],
    'something set apart that was changed': [
      [`update ledger_entry set personal = replace(personal, 'Lea', 'Eva')`],
      /^what was set apart from entry 5 is not what it commits to/,
    ],
    'something set apart that went without a word': [
      ['update ledger_entry set personal = null'],
      /^entry 5 has lost what was set apart from it, and no entry says that it was erased/,
    ],
    'an entry that is filed elsewhere': [
      [`update ledger_entry set case_id = gen_random_uuid() where id = 6`],
      /^entry 6 is filed under another case or kind/,
    ],
    'a node that was changed': [[`update ledger_node set hash = sha256('') where level = 2 and position = 1`], /at node 2\/1/],
    'an end that was cut off': [
      ['delete from ledger_node', 'delete from ledger_leaf where seq > 6', 'REBUILD'],
      /^entry 7 is the first that is missing: there were 10 entries before/,
    ],
    'another tree in the place of the one that was signed': [
      [`update ledger_entry set body = replace(body, '"number":7', '"number":70')`, 'delete from ledger_node', 'REBUILD'],
      /^the first 10 entries are not those that were signed at /,
    ],
    'a checkpoint that is not ours': [
      [`update ledger_checkpoint set jws = 'e30.e30.e30'`],
      /^the checkpoint of 10 entries is not one of ours/,
    ],
  };
  for (const [what, [statements, problem]] of Object.entries(BREAKS)) {
    test(`finds ${what}, names the first entry, and says so once`, async (t) => {
      const opened = await filled(t);
      await tamper(opened, ...statements.map((statement) => (statement === 'REBUILD' ? REBUILD : statement)));
      const status = await opened.checker.check();
      assert.match(status.problem ?? '', problem);
      assert.equal(status.ok, false);
      await opened.checker.check();
      assert.deepEqual(opened.breaks, [status.problem]);
    });
  }

  test('finds what is put in the place of entries that it has seen', async (t) => {
    const opened = await filled(t);
    await opened.checker.check();
    await tamper(opened, `update ledger_node set hash = sha256('') where level = 3`);
    assert.match((await opened.checker.check()).problem ?? '', /^the first 12 entries are not those that were there before/);
  });

  test('finds the ledger sound again when it has been put right, and says so', async (t) => {
    const opened = await filled(t);
    await tamper(opened, `update ledger_entry set body = replace(body, '"number":7', '"number":70')`);
    assert.equal((await opened.checker.check()).ok, false);
    await tamper(opened, `update ledger_entry set body = replace(body, '"number":70', '"number":7')`);
    assert.deepEqual(await opened.checker.check().then(({ ok, problem }) => [ok, problem]), [true, null]);
  });
});

/** The tree over whatever entries there are now, as somebody with the power over the database would make it. */
const REBUILD = `
do $$
declare height smallint := 0;
begin
  insert into ledger_node (level, position, hash)
    select 0, seq - 1, sha256('\\x00'::bytea || convert_to(body, 'UTF8')) from ledger_leaf join ledger_entry on ledger_entry.id = entry_id;
  loop
    insert into ledger_node (level, position, hash)
      select height + 1, a.position / 2, sha256('\\x01'::bytea || a.hash || b.hash)
      from ledger_node a join ledger_node b on b.level = a.level and b.position = a.position + 1
      where a.level = height and a.position % 2 = 0;
    exit when not found;
    height := height + 1;
  end loop;
end $$`;

suite('after a restart, what the machine remembers outside of the database finds', () => {
  const lost = ['delete from ledger_checkpoint', 'delete from ledger_node', 'delete from ledger_leaf where seq > 6', REBUILD];

  test('an older copy of the database', async (t) => {
    const opened = await filled(t);
    await opened.checker.check();
    await tamper(opened, ...lost);
    assert.match((await opened.restart().check()).problem ?? '', /^entry 7 is the first that is missing: there were 12 entries before/);
  });

  test('an older copy that went on in another way', async (t) => {
    const opened = await filled(t);
    await opened.checker.check();
    await tamper(opened, ...lost);
    await append(opened, ...Array.from({ length: 9 }, (_, number) => numbered(number)));
    await opened.ledger.seal();
    const { problem } = await opened.restart().check();
    assert.match(problem ?? '', /^the first 12 entries are not those that .*ledger-head\.json in the data folder remembers/);
    await unlink(opened.memory.file);
    assert.equal((await opened.restart().check()).ok, true, 'somebody has said that it is on purpose');
  });

  test('another ledger altogether', async (t) => {
    const opened = await filled(t);
    await opened.checker.check();
    await tamper(opened, 'update ledger_log set id = gen_random_uuid()');
    assert.match((await opened.restart().check()).problem ?? '', /is another one than .*ledger-head\.json in the data folder remembers/);
  });

  test('nothing, where the file is damaged: it is written anew', async (t) => {
    const opened = await filled(t);
    await opened.checker.check();
    const before = await readFile(opened.memory.file, 'utf8');
    await opened.memory.keep({ log: randomUUID(), size: 1, root: Buffer.alloc(32) });
    await unlink(opened.memory.file);
    await opened.restart().check();
    assert.equal(await readFile(opened.memory.file, 'utf8'), before);
  });
});

suite('a checkpoint', () => {
  test('is signed when enough entries have come or enough time has passed, and not without anything new', async (t) => {
    const opened = await open(t);
    const due = async (checkpointEntries: number, checkpointSeconds: number) =>
      await signWhenDue({ ...opened, clock: systemClock, log: SILENT, schedule: { checkpointEntries, checkpointSeconds } });
    const grow = async () => {
      await append(opened, numbered(1));
      await opened.ledger.seal();
    };
    assert.equal(await due(1, 0), false, 'nothing was recorded');
    await grow();
    assert.equal(await due(1_000, 3_600), true, 'there is none yet');
    assert.equal(await due(1, 0), false);
    await grow();
    assert.equal(await due(2, 3_600), false);
    await grow();
    assert.equal(await due(2, 3_600), true);
    await grow();
    assert.equal(await due(1_000, 0), true);
    const sizes = await opened.db.selectFrom('ledger_checkpoint').select('size').orderBy('size').execute();
    assert.deepEqual(
      sizes.map(({ size }) => Number(size)),
      [1, 3, 4],
    );
  });

  test('is one, of two processes that find at once that it is due', async (t) => {
    const opened = await open(t);
    await append(opened, numbered(1));
    await opened.ledger.seal();
    await Promise.all(Array.from({ length: 4 }, async () => await opened.checkpoint()));
    assert.equal((await opened.db.selectFrom('ledger_checkpoint').select('size').execute()).length, 1);
  });
});
