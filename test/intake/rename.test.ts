import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Signal } from '../../src/intake/signal.ts';
import { tableOf } from './support/markdown.ts';
import { openReception, type Reception, signalOf } from './support/reception.ts';

/** What a connection says: that the person of this name has the address now. */
function renamed(from: { id?: string; email?: string }, to: string, seconds = 50, changes: Partial<Signal> = {}): Signal {
  const subject = { id: from.id ?? null, email: from.email ?? null, name: null };
  return signalOf('ignore', '', seconds, { subject: null, note: 'the address changed', renamed: { subject, email: to }, ...changes });
}

/** Somebody whom the connection knows by this id and address, though nothing is to happen to them. */
const known = (email: string, id: string | null, changes: Partial<Signal> = {}): Signal =>
  signalOf('back', email, 10, { subject: { id, email, name: null }, ...changes });

interface Known {
  readonly present: string;
  readonly addresses: Readonly<Record<string, string>>;
}

/** Who has the address, and whatever else they have or had. */
async function personAt({ stage: { db } }: Reception, email: string): Promise<Known | null> {
  const rows = await db
    .selectFrom('person_email as asked')
    .innerJoin('person', 'person.id', 'asked.person_id')
    .innerJoin('person_email as one', 'one.person_id', 'person.id')
    .select(['person.email as present', 'one.email', 'one.state'])
    .where('asked.email_key', '=', email)
    .execute();
  const [first] = rows;
  return first ? { present: first.present, addresses: Object.fromEntries(rows.map((row) => [row.email, row.state])) } : null;
}

async function noteOf({ stage: { db } }: Reception, { eventId }: Signal): Promise<string | null> {
  const row = await db.selectFrom('signal').select(['reason', 'disposition']).where('event_id', '=', eventId).executeTakeFirstOrThrow();
  assert.equal(row.disposition, 'ignored');
  return row.reason;
}

suite('an address that changed is learned', () => {
  test('whoever the connection knows by an id is renamed, and leaves by the new address as the same person', async (t) => {
    const reception = await openReception(t);
    const { intake, offboarding } = reception;
    await intake.accept([known('ada@acme.example', '00uAda')]);
    const change = renamed({ email: 'Ada@acme.example' }, 'ada.new@acme.example');
    assert.deepEqual(await intake.accept([change]), ['ignored']);
    assert.match((await noteOf(reception, change)) ?? '', /^the address changed; the new one is known as theirs from now on$/);
    const expected = { present: 'ada.new@acme.example', addresses: { 'ada@acme.example': 'former', 'ada.new@acme.example': 'current' } };
    assert.deepEqual(await personAt(reception, 'ada@acme.example'), expected);
    await intake.accept([
      signalOf('offboard', 'ada.new@acme.example', 60),
      signalOf('contain', 'ada.new@acme.example', 70, { connection: 'other' }),
    ]);
    assert.equal((await offboarding.list({ email: 'ada.new@acme.example', limit: 10 })).items.length, 1);
    assert.equal((await reception.stage.db.selectFrom('person').select('id').execute()).length, 1);
  });

  test('an id in the message says whom it means, whatever old address stands beside it', async (t) => {
    const reception = await openReception(t);
    await reception.intake.accept([known('bob@acme.example', '00uBob')]);
    await reception.intake.accept([renamed({ id: '00uBob' }, 'robert@acme.example')]);
    assert.equal((await personAt(reception, 'bob@acme.example'))?.present, 'robert@acme.example');
  });

  test('whoever is known by the address alone has the new one besides', async (t) => {
    const reception = await openReception(t);
    await reception.intake.accept([known('eve@acme.example', null)]);
    await reception.intake.accept([renamed({ email: 'eve@acme.example' }, 'eve.new@acme.example')]);
    const expected = { present: 'eve@acme.example', addresses: { 'eve@acme.example': 'current', 'eve.new@acme.example': 'current' } };
    assert.deepEqual(await personAt(reception, 'eve.new@acme.example'), expected);
  });

  test('the same message twice, at once or after a later change, teaches nothing more', async (t) => {
    const reception = await openReception(t);
    const { intake } = reception;
    await intake.accept([known('carl@acme.example', '00uCarl')]);
    const first = renamed({ email: 'carl@acme.example' }, 'carl.2@acme.example', 50);
    const second = renamed({ email: 'carl.2@acme.example' }, 'carl.3@acme.example', 60);
    await Promise.all([intake.accept([first]), intake.accept([first, first])]);
    await intake.accept([second]);
    assert.deepEqual(await intake.accept([first]), ['duplicate']);
    const late = { ...first, eventId: 'the-same-told-late' };
    await intake.accept([late]);
    assert.equal((await personAt(reception, 'carl@acme.example'))?.present, 'carl.3@acme.example');
  });

  test('a message of the same delivery that names the new address means the same person', async (t) => {
    const reception = await openReception(t);
    const { intake, offboarding } = reception;
    await intake.accept([known('dora@acme.example', '00uDora')]);
    await intake.accept([
      signalOf('offboard', 'dora.new@acme.example', 60),
      renamed({ email: 'dora@acme.example' }, 'dora.new@acme.example'),
    ]);
    const [only] = (await offboarding.list({ email: 'dora.new@acme.example', limit: 10 })).items;
    assert.ok(only);
    assert.deepEqual(Object.keys((await personAt(reception, 'dora@acme.example'))?.addresses ?? {}).length, 2);
  });
});

suite('nothing is guessed from an address that changed', () => {
  test('nobody is made of it, and whoever is not known by the old address is not known by the new one', async (t) => {
    const reception = await openReception(t);
    const changes = [
      renamed({ email: 'nobody@acme.example' }, 'new@acme.example'),
      renamed({ id: '00uNobody' }, 'new@acme.example'),
      renamed({ id: '00uNobody', email: 'nobody@acme.example' }, 'new@acme.example'),
    ];
    for (const change of changes) {
      await reception.intake.accept([change]);
      assert.match((await noteOf(reception, change)) ?? '', /; nobody is known for certain by the old one, so nothing was learned$/);
    }
    assert.equal(await personAt(reception, 'new@acme.example'), null);
    assert.deepEqual(await reception.stage.db.selectFrom('person').select('id').execute(), []);
  });

  for (const id of ['00uAda', null]) {
    test(`an address that belongs to somebody else stays theirs (${id === null ? 'known by address' : 'known by id'})`, async (t) => {
      const reception = await openReception(t);
      const { intake } = reception;
      await intake.accept([known('ada@acme.example', id), known('other@acme.example', null)]);
      const change = renamed({ email: 'ada@acme.example' }, 'OTHER@acme.example');
      await intake.accept([change]);
      assert.match((await noteOf(reception, change)) ?? '', /; the new one belongs to somebody else here, so nothing was learned$/);
      assert.deepEqual(await personAt(reception, 'ada@acme.example'), {
        present: 'ada@acme.example',
        addresses: { 'ada@acme.example': 'current' },
      });
      assert.equal((await personAt(reception, 'other@acme.example'))?.present, 'other@acme.example');
    });
  }

  test('an id and an old address of two people, and an address that has passed to somebody else, tell nobody', async (t) => {
    const reception = await openReception(t);
    const { intake } = reception;
    await intake.accept([known('ada@acme.example', '00uAda'), known('bob@acme.example', '00uBob'), known('gone@acme.example', null)]);
    const recycled = signalOf('contain', '', 20, { subject: null, note: 'passed on', recycled: 'gone@acme.example' });
    await intake.accept([recycled]);
    for (const from of [{ id: '00uAda', email: 'bob@acme.example' }, { email: 'gone@acme.example' }]) {
      const change = renamed(from, 'new@acme.example');
      await intake.accept([change]);
      assert.match((await noteOf(reception, change)) ?? '', /nothing was learned$/);
    }
    assert.equal(await personAt(reception, 'new@acme.example'), null);
  });
});

test('docs/signals.md tells what becomes of a changed address', async (t) => {
  const reception = await openReception(t);
  const { intake } = reception;
  await intake.accept([known('ada@acme.example', '00uAda'), known('bob@acme.example', null), known('eve@acme.example', null)]);
  const outcome = async (email: string, to: string): Promise<string> => {
    await intake.accept([renamed({ email }, to)]);
    const found = await personAt(reception, to);
    if (found === null) return 'is not learned, and nobody is made of it';
    if (!(email in found.addresses)) return 'stays with its owner';
    return found.present === to ? 'is theirs, and the old one is a former one: they are renamed' : 'is theirs besides the old one';
  };
  const rows = await tableOf('signals.md', 'whoever the old address or id names', 'the new address');
  assert.deepEqual(rows, [
    ['is known to the connection by an id', await outcome('ada@acme.example', 'ada.new@acme.example')],
    ['is known by the address alone', await outcome('bob@acme.example', 'bob.new@acme.example')],
    ['is nobody, or nobody for certain', await outcome('nobody@acme.example', 'nobody.new@acme.example')],
    ['is known, but the new address belongs to somebody else', await outcome('bob@acme.example', 'eve@acme.example')],
  ]);
});
