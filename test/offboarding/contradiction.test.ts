import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { createNotifications } from '../../src/database/notifications.ts';
import { createDirectory, type Directory } from '../../src/directory/directory.ts';
import { createIntake } from '../../src/intake/intake.ts';
import type { Disposition, Meaning, Signal } from '../../src/intake/signal.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createOffboarding } from '../../src/offboarding/offboarding.ts';
import { eventually } from '../support/eventually.ts';
import { later, POLICY } from './support/cases.ts';
import { openStage, SILENT, type Stage, TELLS_NOBODY } from './support/stage.ts';

const EMAIL = 'anna@acme.example';

function signal(meaning: Meaning, seconds: number, email = EMAIL): Signal {
  return {
    connection: 'okta-main',
    channel: 'okta-event-hook',
    kind: `user.${meaning}`,
    eventId: newId(),
    meaning,
    subject: { id: null, email, name: null },
    note: null,
    occurredAt: later(seconds),
    bodySha256: '00'.repeat(32),
    verifiedBy: 'eventHook.secrets[0]',
  };
}

type Accept = (...signals: readonly Signal[]) => Promise<Disposition[]>;

/** The intake of one process on the stage's database. */
function intakeOf(stage: Stage, directory: Directory = createDirectory({ newId })): Accept {
  const { db, url, ledger, queue } = stage;
  const notifications = createNotifications({ url, log: SILENT, clock: systemClock });
  stage.closers.push(async () => await notifications.close());
  const parts = {
    db,
    ledger,
    directory,
    queue,
    notifications,
    tell: TELLS_NOBODY,
    targets: new Map(),
    confirmers: new Map(),
    policy: POLICY,
    clock: systemClock,
    log: SILENT,
  };
  const offboarding = createOffboarding({ ...parts, newId, random: () => 0.5 });
  const intake = createIntake({ db, directory, offboarding, ledger, newId });
  return async (...signals) => await inTransaction(db, async (tx) => await intake.acceptIn(tx, signals));
}

async function statesOf({ db }: Stage): Promise<string[]> {
  return (await db.selectFrom('offboarding_case').select('state').execute()).map(({ state }) => state);
}

async function twoProcesses(t: TestContext): Promise<{ stage: Stage; first: Accept; second: Accept }> {
  const stage = await openStage(t);
  return { stage, first: intakeOf(stage), second: intakeOf(await openStage(t, { beside: stage })) };
}

suite('somebody who left and was back afterwards is held', () => {
  const left = () => signal('offboard', 1);
  const back = () => signal('back', 2);

  test('when the messages come in their order', async (t) => {
    const { stage, first } = await twoProcesses(t);
    assert.deepEqual([await first(left()), await first(back())], [['accepted'], ['contradicted']]);
    assert.deepEqual(await statesOf(stage), ['held']);
  });

  test('when they come the other way round', async (t) => {
    const { stage, first } = await twoProcesses(t);
    assert.deepEqual([await first(back()), await first(left())], [['ignored'], ['contradicted']]);
    assert.deepEqual(await statesOf(stage), ['held']);
  });

  test('when they come in one delivery, in any order', async (t) => {
    const { stage, first } = await twoProcesses(t);
    await first(left(), back());
    assert.deepEqual(await statesOf(stage), ['held']);
    const other = await twoProcesses(t);
    await other.first(back(), left());
    assert.deepEqual(await statesOf(other.stage), ['held']);
  });

  test('when two processes take them in at the same instant, be the person known or new', async (t) => {
    const { stage, first, second } = await twoProcesses(t);
    const people = Array.from({ length: 24 }, (_, index) => `person${index}@acme.example`);
    await first(...people.slice(0, 12).map((email) => signal('back', -100, email)));
    for (const email of people) {
      await Promise.all([first(signal('back', 2, email)), second(signal('offboard', 1, email))]);
    }
    assert.deepEqual(
      await statesOf(stage),
      people.map(() => 'held'),
    );
  });

  test('when the second one is taken in while the first is not committed yet', async (t) => {
    const stage = await openStage(t);
    const directory = createDirectory({ newId });
    const resolved = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow: Directory = {
      ...directory,
      recognise: (...asked) => {
        const { known, found } = directory.recognise(...asked);
        const late = async () => {
          const people = await found;
          resolved.resolve();
          await goOn.promise;
          return people;
        };
        return { known, found: late() };
      },
    };
    const quick = intakeOf(await openStage(t, { beside: stage }));
    await quick(signal('back', -100));
    const first = intakeOf(stage, slow)(back());
    await resolved.promise;
    const second = quick(left());
    await eventually('the second waits, or is through', async () => await Promise.race([second, waitsForLock(stage)]));
    goOn.resolve();
    assert.deepEqual([await first, await second], [['ignored'], ['contradicted']]);
    assert.deepEqual(await statesOf(stage), ['held']);
  });
});

suite('somebody who was back and left afterwards is taken out', () => {
  for (const [how, order] of Object.entries({ 'in their order': [0, 1], 'the other way round': [1, 0] })) {
    test(`when the messages come ${how}`, async (t) => {
      const { stage, first } = await twoProcesses(t);
      const signals = [signal('back', 1), signal('offboard', 2)];
      for (const index of order) {
        await first(...signals.slice(index, index + 1));
      }
      assert.deepEqual(await statesOf(stage), ['running']);
    });
  }
});

test('messages about the same people in any order make nobody give up', async (t) => {
  const { stage, first, second } = await twoProcesses(t);
  const people = Array.from({ length: 10 }, (_, index) => `person${index}@acme.example`);
  await first(...people.slice(0, 5).map((email) => signal('offboard', 0, email)));
  const leaving = people.map((email, index) => signal(index % 2 === 0 ? 'offboard' : 'back', 1, email));
  const returning = people.map((email, index) => signal(index % 2 === 0 ? 'back' : 'offboard', 2, email)).toReversed();
  await Promise.all([first(...leaving), second(...returning), first(...returning.map(again)), second(...leaving.toReversed().map(again))]);
  const rows = await stage.db.selectFrom('signal').select('event_id').execute();
  assert.equal(rows.length, 45);
  assert.equal((await stage.db.selectFrom('person').selectAll().execute()).length, 10);
});

test('the same message at two processes at the same instant is stored once, and told in the record under the id it has', async (t) => {
  const { stage, first, second } = await twoProcesses(t);
  for (let round = 0; round < 10; round += 1) {
    const same = signal('ignore', 0, `person${round}@acme.example`);
    const dispositions = await Promise.all([first(same), second(same)]);
    assert.deepEqual(dispositions.flat().sort(), ['duplicate', 'ignored']);
  }
  const stored = (await stage.db.selectFrom('signal').select('id').execute()).map(({ id }) => id);
  const bodies = await stage.db.selectFrom('ledger_entry').select('body').where('kind', '=', 'signal.recorded').execute();
  const told = bodies.map(({ body }) => (JSON.parse(body ?? '') as { data: { signal: string } }).data.signal);
  assert.deepEqual(told.sort(), stored.sort());
});

/** The same message delivered again. */
function again(one: Signal): Signal {
  return { ...one };
}

async function waitsForLock({ db }: Stage): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(db);
  return rows[0]?.waiting === true;
}
