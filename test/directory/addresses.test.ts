import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { KyselyPlugin } from 'kysely';
import { type Database, inTransaction, openDatabase } from '../../src/database/database.ts';
import { createDirectory, type Found, type Person } from '../../src/directory/directory.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createLog } from '../../src/kernel/log.ts';
import { freshDatabase } from '../support/database.ts';

const directory = createDirectory({ newId });

interface Asked {
  readonly id?: string;
  readonly email?: string;
  readonly aliases?: readonly string[];
  readonly on?: string | null;
  readonly at?: string;
}

async function ask(db: Database, ...asked: readonly Asked[]): Promise<Found[]> {
  const queries = asked.map(({ id = null, email = null, aliases = [], on = 'okta', at }) => ({
    connection: on,
    subject: { id, email, name: null, aliases },
    at: at === undefined ? null : new Date(`2026-03-02T${at}:00Z`),
  }));
  return await inTransaction(db, async (tx) => await directory.resolve(tx, queries));
}

async function personOf(db: Database, asked: Asked): Promise<Person> {
  const [found] = await ask(db, asked);
  assert.ok(found?.kind === 'person', JSON.stringify(found));
  return found.person;
}

async function reasonFor(db: Database, asked: Asked): Promise<string> {
  const [found] = await ask(db, asked);
  assert.ok(found?.kind === 'unresolved', JSON.stringify(found));
  return found.reason;
}

async function beside(t: TestContext, url: string): Promise<Database> {
  const db = openDatabase({ url, log: createLog({ level: 'silent' }), maxConnections: 3 });
  t.after(async () => await db.destroy());
  return db;
}

const OLD = 'anna@acme.example';
const NEW = 'anna.married@acme.example';

suite('somebody who was renamed', () => {
  test('has the new e-mail from then on, and is known by the old one too', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: OLD });
    const renamed = await personOf(db, { id: '00u1', email: NEW });
    assert.deepEqual([renamed.id, renamed.email, renamed.aliases], [anna.id, NEW, [OLD]]);
    for (const email of [NEW, OLD]) {
      const known = await personOf(db, { on: null, email });
      assert.deepEqual([known.id, known.email], [anna.id, NEW], email);
    }
  });

  test('keeps their old address out of reach of an id that nobody knows, on every connection', async (t) => {
    const { db } = await freshDatabase(t);
    await ask(db, { id: '00u1', email: OLD }, { id: '00u1', email: NEW });
    assert.match(await reasonFor(db, { id: 'e9', email: OLD, on: 'entra' }), /before they were renamed/);
    assert.match(await reasonFor(db, { id: '00u2', email: OLD }), /passed to somebody else/);
    assert.equal((await personOf(db, { id: 'e1', email: NEW, on: 'entra' })).email, NEW);
  });

  test('is not renamed back by a message from before, and is by a later one', async (t) => {
    const { db } = await freshDatabase(t);
    await ask(db, { id: '00u1', email: OLD, at: '08:00' });
    await ask(db, { id: '00u1', email: NEW, at: '09:00' });
    assert.equal((await personOf(db, { id: '00u1', email: OLD, at: '08:30' })).email, NEW);
    assert.equal((await personOf(db, { id: '00u1', email: OLD })).email, NEW);
    assert.equal((await personOf(db, { id: '00u1', email: 'still.older@acme.example', at: '07:00' })).email, NEW);
    assert.equal((await personOf(db, { id: '00u1', email: OLD, at: '10:00' })).email, OLD);
  });

  test('is renamed by the connection that named them, and not by the other name of another one', async (t) => {
    const { db } = await freshDatabase(t);
    await ask(db, { id: '00u1', email: OLD }, { id: 'e1', email: 'a1@acme.onmicrosoft.example', aliases: [OLD], on: 'entra' });
    assert.equal((await personOf(db, { id: 'e1', email: 'a2@acme.onmicrosoft.example', on: 'entra' })).email, OLD);
    const anna = await personOf(db, { id: '00u1', email: NEW });
    assert.equal(anna.email, NEW);
    assert.deepEqual(new Set(anna.aliases), new Set([OLD, 'a1@acme.onmicrosoft.example', 'a2@acme.onmicrosoft.example']));
  });

  test('may be known under another name by each connection for ever', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: OLD });
    await ask(db, { id: 'e1', email: 'a1@corp.example', aliases: [OLD], on: 'entra' });
    for (const asked of [
      { id: '00u1', email: OLD },
      { id: 'e1', email: 'a1@corp.example', on: 'entra' },
    ]) {
      assert.deepEqual(await personOf(db, asked), { ...anna, isNew: false, aliases: ['a1@corp.example'] });
    }
  });

  test('and somebody else who gets the old address are two, and nobody is guessed', async (t) => {
    const { db } = await freshDatabase(t);
    await ask(db, { id: '00u1', email: OLD }, { id: '00u1', email: NEW }, { id: '00u2', email: 'bela@acme.example' });
    assert.match(await reasonFor(db, { id: '00u2', email: OLD }), /two different people/);
    assert.equal((await personOf(db, { id: '00u2' })).email, 'bela@acme.example');
  });
});

test('an address from before a rename that comes with another id tells nobody any more', async (t) => {
  const { db } = await freshDatabase(t);
  await ask(db, { id: '00u1', email: OLD }, { id: '00u1', email: NEW });
  assert.equal((await personOf(db, { email: OLD })).email, NEW);
  await reasonFor(db, { id: '00u2', email: OLD });
  await reasonFor(db, { email: OLD });
});

suite('an alias', () => {
  test('finds its person, and is learned from any message about them', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: OLD, aliases: ['A.Nna@corp.example'] });
    assert.equal((await personOf(db, { on: null, email: 'a.nna@CORP.example' })).id, anna.id);
  });

  test('that somebody else has stays theirs', async (t) => {
    const { db } = await freshDatabase(t);
    const bela = await personOf(db, { email: 'bela@acme.example' });
    await ask(db, { id: '00u1', email: OLD, aliases: [] });
    const anna = await personOf(db, { id: '00u1', email: OLD, aliases: ['bela@acme.example'] });
    assert.deepEqual(anna.aliases, []);
    assert.equal((await personOf(db, { email: 'bela@acme.example' })).id, bela.id);
  });
});

test('somebody with two names on one connection is not renamed by every message', async (t) => {
  const { db } = await freshDatabase(t);
  await ask(db, { id: '00u1', email: OLD, aliases: ['a123@corp.example'], at: '08:00' });
  for (const [at, email] of [
    ['09:00', 'a123@corp.example'],
    ['10:00', OLD],
    ['11:00', 'a123@corp.example'],
  ] as const) {
    assert.equal((await personOf(db, { id: '00u1', email, at })).email, OLD);
  }
});

suite('a recycled address', () => {
  test('tells nobody, while its former owner is still known by the id', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: OLD });
    assert.equal(await inTransaction(db, async (tx) => await directory.recycle(tx, OLD.toUpperCase())), anna.id);
    for (const asked of [{ email: OLD }, { id: '00u7', email: OLD }, { id: 'e1', email: OLD, on: 'entra' }]) await reasonFor(db, asked);
    assert.equal((await personOf(db, { id: '00u1', email: OLD })).id, anna.id);
    await reasonFor(db, { email: OLD });
  });

  test('that nobody had is none', async (t) => {
    const { db } = await freshDatabase(t);
    assert.equal(await inTransaction(db, async (tx) => await directory.recycle(tx, OLD)), null);
  });
});

suite('at the same time', () => {
  test('two renames of one person end as one after the other', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    await ask(db, { id: '00u1', email: OLD });
    const names = ['b@acme.example', 'c@acme.example'];
    await Promise.all([ask(db, { id: '00u1', email: names[0] ?? '' }), ask(other, { id: '00u1', email: names[1] ?? '' })]);
    const anna = await personOf(db, { id: '00u1' });
    assert.ok(names.includes(anna.email), anna.email);
    assert.deepEqual(new Set([anna.email, ...anna.aliases]), new Set([OLD, ...names]));
    const rows = await db.selectFrom('person_email').select(['email', 'state']).orderBy('email').execute();
    assert.deepEqual(
      rows.filter(({ state }) => state === 'current').map(({ email }) => email),
      [anna.email],
    );
  });

  test('one address that two people get at once is one of theirs only', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    await ask(db, { id: '00u1', email: OLD }, { id: '00u2', email: 'bela@acme.example' });
    const found = await Promise.all([ask(db, { id: '00u1', email: NEW }), ask(other, { id: '00u2', email: NEW })]);
    assert.deepEqual(found.map(([one]) => one?.kind).sort(), ['person', 'unresolved']);
  });
});

test('a hundred people cost as many statements as one', async (t) => {
  const { db } = await freshDatabase(t);
  const statementsFor = async (count: number): Promise<number> => {
    let statements = 0;
    const transformQuery: KyselyPlugin['transformQuery'] = ({ node }) => {
      statements += 1;
      return node;
    };
    await inTransaction(db, async (tx) => {
      const counted = { ...tx, sql: tx.sql.withPlugin({ transformQuery, transformResult: async ({ result }) => result }) };
      const subjects = Array.from({ length: count }, (_, n) => ({ id: `${count}-${n}`, email: `${count}-${n}@acme.example`, name: null }));
      await directory.resolve(
        counted,
        subjects.map((subject) => ({ connection: 'okta', subject })),
      );
    });
    return statements;
  };
  assert.equal(await statementsFor(100), await statementsFor(1));
});
