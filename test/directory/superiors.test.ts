import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagerReading, ManagerSource, NoManager, Unreadable } from '../../src/directory/reader.ts';
import { createSuperiors, type Superiors } from '../../src/directory/superiors.ts';
import { movingClock } from '../targets/support/moving-clock.ts';

const LEE = 'lee@example.com';
const DOWN: Unreadable = { kind: 'unreadable', detail: 'GET /users answered 503.', retryAfterMs: 9_000 };

const manager = (name: string, isActive: boolean | null = true): ManagerReading => ({
  kind: 'manager',
  manager: { id: `id-${name}`, email: `${name}@example.com`, name },
  isActive,
});
const none = (why: NoManager): ManagerReading => ({ kind: 'none', why, detail: `nobody above ${LEE}` });

/** Answers in turn, and keeps about whom it was asked. */
function source(connection: string, ...readings: readonly ManagerReading[]): ManagerSource & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    connection,
    asked,
    managerOf: async ({ id, email }) => {
      asked.push(`${id} ${email}`);
      return readings[asked.length - 1] ?? assert.fail(`${connection} was asked once more`);
    },
  };
}

async function above(
  sources: readonly ManagerSource[],
  { patient = true, known = {} as Readonly<Record<string, string[]>> } = {},
): Promise<Superiors> {
  const superiorsOf = createSuperiors({
    sources,
    idAt: async (connection) => (connection === 'okta' ? '00ulee' : null),
    addressesOf: async ({ id }) => known[id ?? ''] ?? [],
    clock: movingClock(),
  });
  return await superiorsOf(LEE, patient, new AbortController().signal);
}

function told(superiors: Superiors): unknown {
  assert.ok(superiors.kind === 'superiors', JSON.stringify(superiors));
  return { who: superiors.superiors.map(({ source, emails }) => [source, ...emails]), notes: superiors.notes };
}

const MIA = ['manager', 'mia@example.com'];

test('the manager is asked for by id, then the manager of the manager, and nobody further up', async () => {
  const okta = source('okta', manager('mia'), manager('max', false));
  const found = await above([okta]);
  assert.deepEqual(okta.asked, [`00ulee ${LEE}`, 'id-mia mia@example.com']);
  assert.deepEqual(found, {
    kind: 'superiors',
    superiors: [
      { source: 'manager', ref: 'id-mia of okta', emails: ['mia@example.com'], connection: 'okta', isActive: true },
      { source: "manager's manager", ref: 'id-max of okta', emails: ['max@example.com'], connection: 'okta', isActive: false },
    ],
    notes: [],
  });
});

test('a circle of managers has an end', async () => {
  const okta = source('okta', manager('mia'), { kind: 'manager', manager: { id: '00ulee', email: LEE, name: null }, isActive: false });
  assert.deepEqual(told(await above([okta])), { who: [MIA, ["manager's manager", LEE]], notes: [] });
});

test('a connection that names nobody is followed by the next one, and the notes tell why without naming anybody', async () => {
  const silent = (['unknown-person', 'not-named', 'only-text', 'lost'] as const).map((why) => source(why, none(why)));
  const found = told(await above([...silent, source('okta', manager('mia'), none('not-named'))]));
  assert.deepEqual(found, {
    who: [MIA],
    notes: [
      'unknown-person does not know whose manager to name',
      'not-named names no manager',
      'only-text names the manager only by a text that is neither an id nor an e-mail',
      'lost names a manager whom it does not know itself',
      "okta names no manager's manager",
    ],
  });
});

test('the first connection that names somebody is believed, and no other is asked', async () => {
  const second = source('entra');
  await above([source('okta', manager('mia'), none('not-named')), second]);
  assert.deepEqual(second.asked, []);
});

test('a connection that cannot be read is waited for, whatever the others could say', async () => {
  const second = source('entra', manager('max'));
  const found = await above([source('okta', DOWN), second]);
  assert.deepEqual(found, {
    kind: 'unreadable',
    detail: 'okta could not say who the manager is: GET /users answered 503.',
    retryAfterMs: 9_000,
  });
  assert.deepEqual(second.asked, []);
});

test('whoever has waited long enough hears what there is, and the notes say who was passed over', async () => {
  const found = told(await above([source('okta', DOWN), source('entra', manager('max'), DOWN)], { patient: false }));
  assert.deepEqual(found, {
    who: [['manager', 'max@example.com']],
    notes: [
      'okta could not be read for so long that the manager was no longer waited for',
      "entra could not be read for so long that the manager's manager was no longer waited for",
    ],
  });
});

test('addresses that we know of the manager are added, each once, and an e-mail is never how they are called', async () => {
  const reading: ManagerReading = {
    kind: 'manager',
    manager: { id: null, email: 'Mia@example.com', name: null, aliases: ['m@example.com'] },
    isActive: null,
  };
  const found = await above([source('okta', reading, none('not-named'))], { known: { '': ['mia@example.com', 'mia.o@example.com'] } });
  assert.ok(found.kind === 'superiors');
  assert.deepEqual(found.superiors[0]?.emails, ['Mia@example.com', 'm@example.com', 'mia.o@example.com']);
  assert.equal(found.superiors[0]?.ref, 'whom okta names by an e-mail');
});

test('where nobody can be asked, nobody is above anybody', async () => {
  assert.deepEqual(told(await above([])), { who: [], notes: [] });
});

test('an answer stands for some seconds, a silence does not', async () => {
  const okta = source('okta', DOWN, manager('mia'), none('not-named'), manager('max'), none('not-named'));
  const clock = movingClock();
  const superiorsOf = createSuperiors({ sources: [okta], idAt: async () => null, addressesOf: async () => [], clock });
  const ask = async () => await superiorsOf(LEE, true, new AbortController().signal);
  assert.equal((await ask()).kind, 'unreadable');
  assert.deepEqual(
    [told(await ask()), told(await ask())].map((one) => (one as { who: unknown[] }).who),
    [[MIA], [MIA]],
  );
  clock.move(20_000);
  assert.deepEqual((told(await ask()) as { who: unknown[] }).who, [['manager', 'max@example.com']]);
});
