import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { inTransaction } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Queue } from '../../src/offboarding/queue.ts';
import { updateSteps } from '../../src/offboarding/step-store.ts';
import type { CaseEvent } from '../../src/offboarding/transition.ts';
import { BOARDS, FILES, nameOf } from './support/cases.ts';
import { CLAIMER, openStage, type Stage } from './support/stage.ts';

const EMAIL = 'anna@acme.example';

/** A case whose first step is claimed. */
async function claimed(stage: Stage): Promise<{ caseId: string; stepId: string }> {
  const caseId = await stage.open(EMAIL);
  const { claims } = await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
  return { caseId, stepId: claims[0]?.step.id ?? '' };
}

const done = (stepId: string, epoch: number): CaseEvent => ({
  type: 'result',
  stepId,
  epoch,
  result: { kind: 'done', outcome: 'verified', facts: { userId: 'u1' } },
});

suite('opening a case', () => {
  test('twice at once on two connections makes one case', async (t) => {
    const first = await openStage(t);
    const second = await openStage(t, { beside: first });
    const asked = Array.from({ length: 10 }, async (_, index) => await (index % 2 === 0 ? first : second).open(EMAIL));
    const ids = await Promise.all(asked);
    assert.equal(new Set(ids).size, 1);
    assert.equal((await first.db.selectFrom('offboarding_case').selectAll().execute()).length, 1);
    const kinds = (await first.ledger.entriesOf(ids[0] ?? '')).map(({ entry }) => entry.kind);
    assert.deepEqual(kinds, ['case.opened']);
    assert.deepEqual(await first.wakeUps(), [{ queue: 'case-contain', caseId: ids[0], later: false }]);
  });

  test('to contain and to offboard at once makes one case that offboards', async (t) => {
    const first = await openStage(t);
    const second = await openStage(t, { beside: first });
    const [a, b] = await Promise.all([first.open(EMAIL, { playbook: 'contain' }), second.open(EMAIL, { playbook: 'offboard' })]);
    assert.equal(a, b);
    assert.equal((await first.caseOf(a)).playbook, 'offboard');
  });

  test('to contain never takes back an offboarding', async (t) => {
    const stage = await openStage(t);
    const caseId = await stage.open(EMAIL, { playbook: 'offboard' });
    assert.equal(await stage.open(EMAIL, { playbook: 'contain' }), caseId);
    assert.equal((await stage.caseOf(caseId)).playbook, 'offboard');
  });

  test('of somebody under special protection holds it, and nothing of the reason reaches the ledger', async (t) => {
    const stage = await openStage(t, { policy: { protected: ['*@acme.example'] } });
    const caseId = await stage.open(EMAIL);
    const { state, hold } = await stage.caseOf(caseId);
    assert.equal(state, 'held');
    assert.match(hold ?? '', /anna@acme\.example is protected/);
    const { claims } = await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    assert.deepEqual(claims, []);
    assert.ok(!JSON.stringify(await stage.ledger.entriesOf(caseId)).includes(EMAIL));
  });

  test('that is contradicted holds the open case, once', async (t) => {
    const stage = await openStage(t);
    const { caseId } = await claimed(stage);
    await stage.open(EMAIL, { contradiction: 'they were back before' });
    await stage.open(EMAIL, { contradiction: 'they were back before' });
    const { state, hold } = await stage.caseOf(caseId);
    assert.deepEqual([state, hold], ['held', 'they were back before']);
    assert.equal((await stage.ledger.entriesOf(caseId)).filter(({ entry }) => entry.kind === 'case.held').length, 1);
  });

  test('again after it is over makes a case that follows the completed one', async (t) => {
    const stage = await openStage(t);
    const first = await stage.open(EMAIL);
    await stage.db.updateTable('offboarding_case').set({ state: 'completed' }).where('id', '=', first).execute();
    const second = await stage.open(EMAIL);
    assert.notEqual(second, first);
    assert.equal((await stage.caseOf(second)).follows, first);
  });
});

suite('advancing a case', () => {
  test('by a result with a stale epoch changes nothing at all', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    await stage.engine.advance(caseId, { type: 'released', stepId, epoch: 1 }, null);
    await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    const before = await stage.everything();
    for (const epoch of [0, 1, 3]) {
      const { refused, claims } = await stage.engine.advance(caseId, done(stepId, epoch), CLAIMER);
      assert.deepEqual([refused === null, claims], [false, []]);
    }
    assert.equal(await stage.everything(), before);
    assert.equal((await stage.engine.advance(caseId, done(stepId, 2), null)).refused, null);
  });

  test('by the same result twice at once counts once', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    const results = await Promise.all([1, 2, 3].map(async () => await stage.engine.advance(caseId, done(stepId, 1), null)));
    assert.equal(results.filter(({ refused }) => refused === null).length, 1);
    assert.equal((await stage.ledger.entriesOf(caseId)).filter(({ entry }) => entry.kind === 'step.finished').length, 1);
  });

  test('by two workers at once gives each step to one of them', async (t) => {
    const first = await openStage(t, { targets: [FILES, BOARDS] });
    const second = await openStage(t, { targets: [FILES, BOARDS], beside: first });
    const caseId = await first.open(EMAIL);
    const looks = [first, second, first, second].map(
      async ({ engine }, index) =>
        await engine.advance(
          caseId,
          { type: 'wake' },
          { workerId: `00000000-0000-4000-8000-00000000000${index}`, free: { contain: 1, bulk: 1 } },
        ),
    );
    // None of these workers has a session, so each may take over from the one before: an epoch is given out once all the same.
    const claims = (await Promise.all(looks)).flatMap((look) => look.claims.map(({ step }) => `${step.id} ${step.epoch}`));
    assert.equal(new Set(claims).size, claims.length);
    assert.ok(claims.length >= 2);
  });

  test('of a case that is not there is an error', async (t) => {
    const stage = await openStage(t);
    await assert.rejects(stage.engine.advance('00000000-0000-4000-8000-000000000009', { type: 'wake' }, null), { code: 'not-found' });
  });

  const FAULT = new Error('it broke');
  const fail = (): never => {
    throw FAULT;
  };
  const failing: Readonly<Record<string, (stage: Stage) => { ledger?: Ledger; queue?: Queue }>> = {
    'the record cannot be written': ({ ledger }) => ({ ledger: { ...ledger, append: fail } }),
    'something fails after the record was written': ({ ledger }) => ({
      ledger: {
        ...ledger,
        append: (tx, entries) => {
          ledger.append(tx, entries);
          throw FAULT;
        },
      },
    }),
    'the queue does not take the wake-up': ({ queue }) => ({ queue: { ...queue, wake: async () => await Promise.reject(FAULT) } }),
    'something fails after the queue took the wake-up': ({ queue }) => ({
      queue: {
        ...queue,
        wake: async (tx, wakeUps) => {
          await queue.wake(tx, wakeUps);
          throw FAULT;
        },
      },
    }),
  };
  for (const [what, partsOf] of Object.entries(failing)) {
    test(`changes nothing when ${what}`, async (t) => {
      const stage = await openStage(t);
      const { caseId, stepId } = await claimed(stage);
      const before = await stage.everything();
      const broken = stage.engineWith(partsOf(stage));
      await assert.rejects(broken.advance(caseId, done(stepId, 1), null), FAULT);
      await assert.rejects(broken.advance(caseId, { type: 'hold', by: 'it-desk', reason: 'stop' }, null), FAULT);
      assert.equal(await stage.everything(), before);
      assert.equal((await stage.engine.advance(caseId, done(stepId, 1), CLAIMER)).refused, null);
    });
  }

  test('writes nothing any more once something has failed, however late it comes', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    const before = await stage.everything();
    const late: Promise<void>[] = [];
    const slowQueue: Queue = {
      ...stage.queue,
      wake: async (tx, wakeUps) => {
        late.push(manyTurns().then(async () => await assert.rejects(stage.queue.wake(tx, wakeUps), /transaction is over/)));
        throw FAULT;
      },
    };
    await assert.rejects(stage.engineWith({ queue: slowQueue }).advance(caseId, done(stepId, 1), null), FAULT);
    assert.equal(late.length, 1);
    await Promise.all(late);
    assert.equal(await stage.everything(), before);
  });

  test('changes nothing when the transaction it is part of fails', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    const before = await stage.everything();
    const failed = inTransaction(stage.db, async (tx) => {
      await stage.engine.advanceIn(tx, caseId, done(stepId, 1), null);
      throw FAULT;
    });
    await assert.rejects(failed, FAULT);
    assert.equal(await stage.everything(), before);
  });

  test('writes no step that somebody else has written since', async (t) => {
    const stage = await openStage(t);
    const { caseId } = await claimed(stage);
    const [ours, theirs] = [await stage.step(caseId, 'files/suspend'), await stage.step(caseId, 'files/resolve-account')];
    const before = await stage.everything();
    const changes = [
      { step: { ...ours, epoch: 1 }, seenEpoch: 0 },
      { step: { ...theirs, epoch: 9 }, seenEpoch: 0 },
    ];
    const stale = inTransaction(stage.db, async (tx) => updateSteps(tx, changes));
    await assert.rejects(stale, { code: '40001' });
    assert.equal(await stage.everything(), before);
  });

  test('keeps a step as it was decided, in every column', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    const error = { code: 'target-unavailable', message: 'files: it does not answer.', status: 503, targetCode: 'busy' } as const;
    await stage.engine.advance(caseId, { type: 'result', stepId, epoch: 1, result: { kind: 'retry-later', error, afterMs: 60_000 } }, null);
    const { state, lookAgainAt } = await stage.caseOf(caseId);
    const step = await stage.step(caseId, 'files/resolve-account');
    assert.deepEqual([state, lookAgainAt], ['waiting', step.nextAttemptAt]);
    assert.deepEqual([step.state, step.error, step.epoch, step.attempts, step.workerId], ['pending', error, 1, 1, null]);
  });
});

test('somebody who owns thousands of workspaces has a step for each, all recorded', async (t) => {
  const stage = await openStage(t);
  const { caseId, stepId } = await claimed(stage);
  const followUps = Array.from({ length: 4_000 }, (_, index) => ({ action: 'transfer-workspace', subject: `w${index}` }));
  const result = { kind: 'done', outcome: 'verified', followUps } as const;
  assert.equal((await stage.engine.advance(caseId, { type: 'result', stepId, epoch: 1, result }, null)).refused, null);
  const steps = await stage.stepsOf(caseId);
  assert.equal(new Set(steps.map(({ subject }) => subject)).size, 4_001);
  const recorded = (await stage.ledger.entriesOf(caseId)).filter(({ entry }) => entry.kind === 'step.added');
  assert.equal(recorded.length, 4_000);
  assert.equal((await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER)).claims.length, 1);
});

suite('a wake-up', () => {
  test('is there exactly when the change that asks for it is committed', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    await empty(stage);
    const ready = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<boolean>();
    const change = inTransaction(stage.db, async (tx) => {
      await stage.engine.advanceIn(tx, caseId, done(stepId, 1), null);
      ready.resolve();
      if (!(await goOn.promise)) {
        throw new Error('given up');
      }
    });
    await ready.promise;
    assert.deepEqual(await stage.wakeUps(), []);
    goOn.resolve(true);
    await change;
    assert.deepEqual(await stage.wakeUps(), [{ queue: 'case-contain', caseId, later: false }]);
  });

  test('is in the lane of the work that waits', async (t) => {
    const stage = await openStage(t);
    const caseId = await stage.open(EMAIL);
    await empty(stage);
    for (let round = 0; round < 3; round += 1) {
      const { claims } = await stage.engine.advance(caseId, { type: 'wake' }, { ...CLAIMER, free: { contain: 10, bulk: 0 } });
      for (const { step } of claims) {
        await stage.engine.advance(caseId, done(step.id, step.epoch), null);
      }
    }
    assert.deepEqual(new Set((await stage.wakeUps()).map(({ queue }) => queue)), new Set(['case-contain', 'case-bulk']));
    assert.deepEqual((await stage.stepsOf(caseId)).filter(({ state }) => state === 'done').map(nameOf), [
      'files/resolve-account',
      'files/suspend',
      'files/revoke-sessions',
    ]);
  });

  test('waits once for a case, however many ask for it', async (t) => {
    const stage = await openStage(t);
    const caseId = await stage.open(EMAIL);
    for (let time = 0; time < 5; time += 1) {
      await inTransaction(stage.db, async (tx) => await stage.queue.wake(tx, [{ caseId, lane: 'contain' }]));
    }
    assert.equal((await stage.wakeUps()).length, 1);
  });

  test('for later does not swallow one for now, and waits once for each moment', async (t) => {
    const stage = await openStage(t);
    const { caseId, stepId } = await claimed(stage);
    await empty(stage);
    const error = { code: 'target-unavailable', message: 'down' } as const;
    await stage.engine.advance(caseId, { type: 'result', stepId, epoch: 1, result: { kind: 'retry-later', error, afterMs: 60_000 } }, null);
    await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    assert.deepEqual(await stage.wakeUps(), [{ queue: 'case-contain', caseId, later: true }]);
    await stage.engine.advance(caseId, { type: 'retry', by: 'it-desk', reason: 'it is up again' }, null);
    assert.deepEqual(
      (await stage.wakeUps()).map(({ later }) => later),
      [false, true],
    );
  });
});

suite('the shortcut past the queue', () => {
  test('takes what there is room for, once it is committed, and the queue keeps each for a little later', async (t) => {
    const stage = await openStage(t);
    const taken: string[] = [];
    stage.queue.shortcut('contain', { room: () => 1, look: (caseIds) => taken.push(...caseIds) });
    const [first, second] = [newId(), newId()];
    const wakeUps = [first, second].map((caseId) => ({ caseId, lane: 'contain' as const }));
    await inTransaction(stage.db, async (tx) => {
      await stage.queue.wake(tx, wakeUps);
      assert.deepEqual(taken, []);
    });
    await turn();
    assert.deepEqual(taken, [first]);
    assert.deepEqual(await stage.wakeUps(), [
      { queue: 'case-contain', caseId: second, later: false },
      { queue: 'case-contain', caseId: first, later: true },
    ]);
  });

  test('takes nothing of a transaction that is rolled back, nothing that is for later, and nothing of the other lane', async (t) => {
    const stage = await openStage(t);
    const taken: string[] = [];
    stage.queue.shortcut('contain', { room: () => 10, look: (caseIds) => taken.push(...caseIds) });
    const failed = inTransaction(stage.db, async (tx) => {
      await stage.queue.wake(tx, [{ caseId: newId(), lane: 'contain' }]);
      throw new Error('given up');
    });
    await assert.rejects(failed, /given up/);
    await inTransaction(stage.db, async (tx) => {
      const later = { caseId: newId(), lane: 'contain' as const, at: new Date(tx.now.getTime() + 60_000) };
      await stage.queue.wake(tx, [later, { caseId: newId(), lane: 'bulk' }]);
    });
    await turn();
    assert.deepEqual(taken, []);
    assert.equal((await stage.wakeUps()).length, 2);
  });
});

async function manyTurns(): Promise<void> {
  for (let count = 0; count < 50; count += 1) {
    await turn();
  }
}

/** Takes all wake-ups away, as a worker that has looked would. */
async function empty(stage: Stage): Promise<void> {
  await sql`delete from pgboss.job`.execute(stage.db);
}
