import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { type Database, inTransaction, openDatabase, type Tx } from '../../src/database/database.ts';
import { createDirectory, type Found, type Person } from '../../src/directory/directory.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createLog } from '../../src/kernel/log.ts';
import { freshDatabase, untilSomebodyWaits } from '../support/database.ts';

type Asked = string | { readonly id?: string; readonly email?: string; readonly on?: string | null; readonly name?: string };

const directory = createDirectory({ newId });

function queryOf(asked: Asked) {
  const { id = null, email = null, on = 'okta', name = null } = typeof asked === 'string' ? { email: asked } : asked;
  return { connection: on, subject: { id, email, name } };
}

async function resolveIn(tx: Tx, ...asked: readonly Asked[]): Promise<Found[]> {
  return await directory.resolve(tx, asked.map(queryOf));
}

async function resolve(db: Database, ...asked: readonly Asked[]): Promise<Found[]> {
  return await inTransaction(db, async (tx) => await resolveIn(tx, ...asked));
}

function personIn(found: Found | undefined): Person {
  assert.ok(found?.kind === 'person', JSON.stringify(found));
  return found.person;
}

async function personOf(db: Database, asked: Asked): Promise<Person> {
  return personIn((await resolve(db, asked))[0]);
}

/** The database of a second process. */
async function beside(t: TestContext, url: string): Promise<Database> {
  const db = openDatabase({ url, log: createLog({ level: 'silent' }), maxConnections: 3 });
  t.after(async () => await db.destroy());
  return db;
}

suite('the directory', () => {
  test('makes a person once, and knows them again', async (t) => {
    const { db } = await freshDatabase(t);
    const made = await personOf(db, { email: 'Anna@Acme.example', name: 'Anna' });
    const known = await personOf(db, 'anna@acme.EXAMPLE');
    assert.deepEqual([made.isNew, known.isNew], [true, false]);
    assert.deepEqual({ ...known, isNew: true }, made);
    assert.deepEqual([made.email, made.name, made.salt.length], ['Anna@Acme.example', 'Anna', 64]);
  });

  test('answers in the order of the queries, and with one person for one e-mail', async (t) => {
    const { db } = await freshDatabase(t);
    const [anna, bela, again] = (await resolve(db, 'anna@acme.example', 'bela@acme.example', 'ANNA@acme.example')).map(personIn);
    assert.deepEqual([anna?.email, bela?.email, again?.id], ['anna@acme.example', 'bela@acme.example', anna?.id]);
  });

  test('says by what somebody was recognised, and by what doubt nobody was', async (t) => {
    const { db } = await freshDatabase(t);
    await resolve(db, { id: '00u1', email: 'anna@acme.example' }, { id: '00u2', email: 'bela@acme.example' });
    const found = await resolve(
      db,
      'new@acme.example',
      'anna@acme.example',
      { id: '00u1' },
      { id: '00u1', email: 'bela@acme.example' },
      { id: '00u9', email: 'anna@acme.example' },
      { id: '00u8' },
    );
    assert.deepEqual(
      found.map((one) => (one.kind === 'person' ? one.rule : one.doubt)),
      ['new', 'e-mail', 'id', 'id-and-e-mail-differ', 'address-of-another-id', 'unknown-id'],
    );
  });

  test('gives every person a salt of their own', async (t) => {
    const { db } = await freshDatabase(t);
    const people = (await resolve(db, 'anna@acme.example', 'bela@acme.example')).map(personIn);
    assert.equal(new Set(people.map(({ salt }) => salt)).size, 2);
  });

  test('knows nobody of a transaction that was rolled back', async (t) => {
    const { db } = await freshDatabase(t);
    const failing = inTransaction(db, async (tx) => {
      await resolveIn(tx, { id: '00u1', email: 'anna@acme.example' });
      throw new Error('the change failed');
    });
    await assert.rejects(failing, /the change failed/);
    assert.equal((await resolve(db, { id: '00u1' }))[0]?.kind, 'unresolved');
    assert.equal((await personOf(db, 'anna@acme.example')).isNew, true);
  });

  for (const near of [
    'annaB@acme.example',
    'anna_b@acme.example',
    'anna.b@acme.example.au',
    'anna%@acme.example',
    'anna.b+x@acme.example',
  ]) {
    test(`does not take ${near} for somebody whose e-mail is near`, async (t) => {
      const { db } = await freshDatabase(t);
      const anna = await personOf(db, 'anna.b@acme.example');
      assert.notEqual((await personOf(db, near)).id, anna.id);
    });
  }

  test('knows somebody by the id alone, once it came with an e-mail', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: 'anna@acme.example' });
    assert.equal((await personOf(db, { id: '00u1' })).id, anna.id);
  });

  test('learns the id of somebody who was known by e-mail only', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { on: null, email: 'anna@acme.example' });
    await resolve(db, { id: '00u1', email: 'anna@acme.example' });
    assert.equal((await personOf(db, { id: '00u1' })).id, anna.id);
  });

  test('takes an id of one connection for nothing on another', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '1', email: 'anna@acme.example' });
    assert.equal((await resolve(db, { id: '1', on: 'entra' }))[0]?.kind, 'unresolved');
    assert.notEqual((await personOf(db, { id: '1', on: 'entra', email: 'bela@acme.example' })).id, anna.id);
  });

  test('lets the id win over an e-mail that nobody had: people are renamed', async (t) => {
    const { db } = await freshDatabase(t);
    const anna = await personOf(db, { id: '00u1', email: 'anna@acme.example' });
    assert.equal((await personOf(db, { id: '00u1', email: 'anna.married@acme.example' })).id, anna.id);
  });

  test('finds nobody where the id and the e-mail say two different people', async (t) => {
    const { db } = await freshDatabase(t);
    await resolve(db, { id: '00u1', email: 'anna@acme.example' }, 'bela@acme.example');
    const [found] = await resolve(db, { id: '00u1', email: 'bela@acme.example' });
    assert.ok(found?.kind === 'unresolved' && /two different people/.test(found.reason));
  });

  test('finds nobody where an address comes with another id than before', async (t) => {
    const { db } = await freshDatabase(t);
    await resolve(db, { id: '00u1', email: 'anna@acme.example' });
    const [found] = await resolve(db, { id: '00u2', email: 'anna@acme.example' });
    assert.ok(found?.kind === 'unresolved' && /may have passed to somebody else/.test(found.reason));
    assert.equal((await resolve(db, { id: '00u2' }))[0]?.kind, 'unresolved');
  });
});

suite('within one batch', () => {
  test('a second id for one e-mail is nobody', async (t) => {
    const { db } = await freshDatabase(t);
    const found = await resolve(db, { id: '00u1', email: 'anna@acme.example' }, { id: '00u2', email: 'anna@acme.example' });
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['person', 'unresolved'],
    );
  });

  test('a second e-mail for one new id is a new name of the same person', async (t) => {
    const { db } = await freshDatabase(t);
    const [anna, other] = await resolve(db, { id: '00u1', email: 'anna@acme.example' }, { id: '00u1', email: 'bela@acme.example' });
    assert.equal(personIn(other).id, personIn(anna).id);
    assert.equal(personIn(other).email, 'bela@acme.example');
    assert.equal((await personOf(db, { id: '00u1' })).id, personIn(anna).id);
  });

  test('an id that comes before its e-mail is nobody yet, and one that comes behind it is known', async (t) => {
    const { db } = await freshDatabase(t);
    const found = await resolve(db, { id: '00u1' }, { id: '00u1', email: 'anna@acme.example' });
    assert.equal(found[1]?.kind, 'person');
    assert.equal((await resolve(db, { id: '00u1' }))[0]?.kind, 'person');
  });

  test('nothing is asked when there is nothing to ask', async (t) => {
    const { db } = await freshDatabase(t);
    assert.deepEqual(await resolve(db), []);
  });
});

suite('at the same time', () => {
  test('the same new person from many transactions is one person', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    const asked = Array.from({ length: 12 }, (_, index) =>
      personOf(index % 2 === 0 ? db : other, { id: '00u1', email: 'anna@acme.example' }),
    );
    const people = await Promise.all(asked);
    assert.equal(new Set(people.map(({ id }) => id)).size, 1);
    assert.equal(people.filter(({ isNew }) => isNew).length, 1);
    assert.equal((await db.selectFrom('person').selectAll().execute()).length, 1);
  });

  test('the same people in any order make no transaction give up', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    const asked = Array.from({ length: 30 }, (_, index) => ({ id: `00u${index}`, email: `person${index}@acme.example` }));
    for (const round of [asked, asked.map(({ email }) => ({ email, id: `other-${email}`, on: 'entra' }))]) {
      const [first, second] = await Promise.all([resolve(db, ...round), resolve(other, ...round.toReversed())]);
      assert.deepEqual(
        first.map((found) => personIn(found).id),
        second.toReversed().map((found) => personIn(found).id),
      );
    }
  });

  test('two ids for one new address are not both believed', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    const found = await Promise.all([
      resolve(db, { id: '00u1', email: 'anna@acme.example' }),
      resolve(other, { id: '00u2', email: 'anna@acme.example' }),
    ]);
    assert.deepEqual(found.map(([one]) => one?.kind).sort(), ['person', 'unresolved']);
  });

  test('a transaction that asks for a person waits for the one before, and then sees what that one stored', async (t) => {
    const { url, db } = await freshDatabase(t);
    const other = await beside(t, url);
    await resolve(db, 'anna@acme.example');
    const goOn = Promise.withResolvers<void>();
    const resolved = Promise.withResolvers<void>();
    const first = inTransaction(db, async (tx) => {
      const [anna] = await resolveIn(tx, 'anna@acme.example');
      resolved.resolve();
      await goOn.promise;
      await tx.sql.updateTable('person').set({ name: 'Anna' }).where('id', '=', personIn(anna).id).execute();
    });
    await resolved.promise;
    const second = inTransaction(other, async (tx) => {
      await resolveIn(tx, 'anna@acme.example');
      return await tx.sql.selectFrom('person').select('name').executeTakeFirst();
    });
    await untilSomebodyWaits(db);
    goOn.resolve();
    await first;
    assert.deepEqual(await second, { name: 'Anna' });
  });
});
