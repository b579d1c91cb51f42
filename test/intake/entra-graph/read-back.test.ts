import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../../src/database/database.ts';
import type { Reading } from '../../../src/directory/reader.ts';
import { decideReading, readBackDue } from '../../../src/intake/entra-graph/read-back.ts';
import { askToReadBack, claimUsers } from '../../../src/intake/entra-graph/store.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { eventually } from '../../support/eventually.ts';
import { undo } from '../../support/undo.ts';
import { alive, type GraphStage, graphStage } from './graph-stage.ts';

const SECOND_LOOK_MS = 20_000;

async function notify({ db, clock }: GraphStage, ...ids: readonly string[]): Promise<void> {
  await askToReadBack(db, 'entra-main', ids, { bodySha256: 'ab'.repeat(32), now: clock.now() });
}

/** Lets the worker do what is due, until the second look is over. */
async function work({ needs, clock }: GraphStage): Promise<void> {
  await readBackDue(needs, alive());
  clock.move(SECOND_LOOK_MS);
  await readBackDue(needs, alive());
}

const said = ({ signals }: GraphStage) => signals.map(({ meaning, subject, note }) => [meaning, subject?.id ?? null, note]);

test('somebody disabled is a leaver with id, e-mail and name; somebody whose profile changed is recorded and ignored', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com', name: 'Ann' });
  const bela = stage.entra.add({ email: 'bela@example.com' });
  stage.entra.setEnabled(ann.id, false);
  await notify(stage, ann.id, bela.id);
  assert.equal(await readBackDue(stage.needs, alive()), 2);
  const { eventId, occurredAt, readBack, ...signal } = stage.signals[0] ?? assert.fail('nothing was said');
  assert.deepEqual(signal, {
    connection: 'entra-main',
    channel: 'entra-graph',
    kind: 'updated',
    meaning: 'offboard',
    subject: { id: ann.id, email: 'ann@example.com', name: 'Ann', aliases: [] },
    note: 'read back: accountEnabled false',
    bodySha256: 'ab'.repeat(32),
    verifiedBy: 'graph.clientState, and the account as Graph shows it',
  });
  assert.deepEqual([readBack?.askedBy, readBack?.reading], ['id', 'gone']);
  assert.equal(stage.signals.length, 1, 'somebody who is still there is looked at twice before that is said');
  stage.clock.move(SECOND_LOOK_MS);
  await readBackDue(stage.needs, alive());
  assert.deepEqual(said(stage)[1], ['ignore', null, 'read back: accountEnabled true']);
  stage.clock.move(3_600_000);
  assert.equal(await readBackDue(stage.needs, alive()), 0);
});

test('a change that Graph shows late is still seen', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  await notify(stage, ann.id);
  await readBackDue(stage.needs, alive());
  stage.entra.softDelete(ann.id);
  stage.clock.move(SECOND_LOOK_MS);
  await readBackDue(stage.needs, alive());
  assert.deepEqual(said(stage), [['offboard', ann.id, 'read back: deleted, can be restored within 30 days']]);
});

test('further changes of somebody who is gone open nothing again; that they are back is said once', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  const steps = [
    () => stage.entra.setEnabled(ann.id, false),
    () => stage.entra.change(ann.id, { displayName: 'Ann B' }),
    () => stage.entra.softDelete(ann.id),
    () => {
      stage.entra.restore(ann.id);
      stage.entra.setEnabled(ann.id, true);
    },
    () => stage.entra.change(ann.id, { displayName: 'Ann C' }),
    () => stage.entra.setEnabled(ann.id, false),
  ];
  for (const step of steps) {
    step();
    await notify(stage, ann.id);
    await work(stage);
  }
  assert.deepEqual(
    stage.signals.map(({ meaning }) => meaning),
    ['offboard', 'ignore', 'ignore', 'back', 'ignore', 'offboard'],
  );
  assert.equal(new Set(stage.signals.map(({ eventId }) => eventId)).size, 6, 'each has an identity of its own');
});

for (const meaning of ['contain', 'ignore'] as const) {
  test(`policy.signals makes it ${meaning} that somebody who was updated is gone, and whoever is back stays back`, async (t) => {
    const stage = await graphStage(t);
    const configured = { ...stage, needs: { ...stage.needs, meanings: { updated: meaning } } };
    const ann = stage.entra.add({ email: 'ann@example.com' });
    for (const enabled of [false, true]) {
      stage.entra.setEnabled(ann.id, enabled);
      await notify(stage, ann.id);
      await work(configured);
    }
    const why = meaning === 'ignore' ? '; policy.signals says that nobody leaves by it' : '';
    assert.deepEqual(said(stage), [
      [meaning, meaning === 'ignore' ? null : ann.id, `read back: accountEnabled false${why}`],
      ['back', ann.id, 'read back: accountEnabled true'],
    ]);
  });
}

test('somebody whom Graph no longer knows at all is ignored: of a deletion for good, Graph tells by itself', async (t) => {
  const stage = await graphStage(t);
  await notify(stage, 'nobody');
  await work(stage);
  const [only] = stage.signals;
  assert.equal(only?.meaning, 'ignore');
  assert.match(only?.note ?? '', /knows nobody with the id nobody/);
});

test('while Graph cannot be read, nobody is forgotten, and nothing is said', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  stage.entra.setEnabled(ann.id, false);
  await notify(stage, ann.id);
  stage.entra.fail(/users/, { status: 429, headers: { 'retry-after': '90' } });
  stage.entra.fail(/users/, { status: 500 });
  await readBackDue(stage.needs, alive());
  assert.deepEqual(stage.signals, []);
  stage.clock.move(89_000);
  assert.equal(await readBackDue(stage.needs, alive()), 0, 'Graph asked for more patience');
  stage.clock.move(1_000);
  await readBackDue(stage.needs, alive());
  stage.clock.move(10_000);
  await readBackDue(stage.needs, alive());
  assert.deepEqual(said(stage), [['offboard', ann.id, 'read back: accountEnabled false']]);
  assert.ok(!stage.lines.join('').includes('secret-of-'));
});

test('a notification that comes while the user is being read has a reading of its own', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  await notify(stage, ann.id);
  await readBackDue(stage.needs, alive());
  stage.clock.move(SECOND_LOOK_MS);
  const accept = stage.needs.intake.accept;
  const busy = {
    ...stage.needs,
    intake: {
      accept: async (signals: Parameters<typeof accept>[0]) => {
        stage.entra.setEnabled(ann.id, false);
        await notify(stage, ann.id);
        return await accept(signals);
      },
    },
  };
  await readBackDue(busy, alive());
  await readBackDue(stage.needs, alive());
  assert.deepEqual(
    stage.signals.map(({ meaning }) => meaning),
    ['ignore', 'offboard'],
  );
});

test('of several processes one reads a user; what a process that died had begun, another one does, and says the same', async (t) => {
  const stage = await graphStage(t);
  const ids = Array.from({ length: 15 }, (_, n) => stage.entra.add({ email: `p${n}@example.com` }).id);
  for (const id of ids) stage.entra.setEnabled(id, false);
  await notify(stage, ...ids);
  const other = openDatabase({ url: stage.url, log: createLog({ level: 'silent' }), maxConnections: 3 });
  undo(t, async () => await other.destroy());
  // The first process takes some of them, and is never seen again.
  const lost = await claimUsers(other, ['entra-main'], 4, stage.clock.now());
  assert.equal(lost.length, 4);
  const both = [stage.needs, { ...stage.needs, db: other }];
  for (let round = 0; round < 2; round += 1) await Promise.all(both.map(async (needs) => await readBackDue(needs, alive())));
  assert.deepEqual([stage.signals.length, new Set(stage.signals.map(({ subject }) => subject?.id)).size], [11, 11]);
  stage.clock.move(120_000);
  await readBackDue(stage.needs, alive());
  assert.deepEqual(new Set(stage.signals.map(({ subject }) => subject?.id)), new Set(ids));
});

test('a finding that could not be stored is found again, with the same identity', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  stage.entra.setEnabled(ann.id, false);
  await notify(stage, ann.id);
  const seen: string[] = [];
  const failing = {
    ...stage.needs,
    intake: {
      accept: async (signals: readonly { eventId: string }[]) => {
        seen.push(...signals.map(({ eventId }) => eventId));
        throw new Error('the process ends here');
      },
    },
  };
  await assert.rejects(readBackDue(failing, alive()), /the process ends here/);
  stage.clock.move(120_000);
  await readBackDue(stage.needs, alive());
  assert.deepEqual(
    seen,
    stage.signals.map(({ eventId }) => eventId),
  );
});

test('a user whom a worker was reading when it was told to stop is read by another one at once', async (t) => {
  const stage = await graphStage(t);
  const ann = stage.entra.add({ email: 'ann@example.com' });
  stage.entra.setEnabled(ann.id, false);
  await notify(stage, ann.id);
  const stopping = new AbortController();
  stage.entra.fail(/users/, 'hang');
  const reading = readBackDue(stage.needs, stopping.signal);
  await eventually('the worker waits for Graph', () => stage.entra.count(/users/) > 0);
  stopping.abort(new Error('stopping'));
  await assert.rejects(reading, /stopping/);
  await readBackDue(stage.needs, alive());
  assert.equal(stage.signals[0]?.meaning, 'offboard');
});

test('a user of a connection that is no longer configured is left alone', async (t) => {
  const stage = await graphStage(t);
  await askToReadBack(stage.db, 'entra-old', ['u1'], { bodySha256: '', now: stage.clock.now() });
  assert.equal(await readBackDue(stage.needs, alive()), 0);
});

test('the pauses between failed readings grow up to ten minutes', () => {
  const unreadable: Reading = { kind: 'unreadable', detail: 'no answer' };
  const pauses = [0, 1, 5, 7, 1_000].map((failures) => {
    const { after } = decideReading(unreadable, { state: 'unread', looks: 0, failures });
    return after.kind === 'later' && after.afterMs;
  });
  assert.deepEqual(pauses, [5_000, 10_000, 160_000, 600_000, 600_000]);
});
