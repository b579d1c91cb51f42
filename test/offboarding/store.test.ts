import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readHeldSteps } from '../../src/offboarding/step-store.ts';
import { readLeavingAccounts, readNeglected } from '../../src/offboarding/store.ts';
import { CLAIMER, openStage, type Stage } from './support/stage.ts';

function ago(seconds: number): Date {
  return new Date(Date.now() - seconds * 1_000);
}

async function put(stage: Stage, caseId: string, columns: { state?: string; look_again_at?: Date | null }): Promise<void> {
  await stage.db.updateTable('offboarding_case').set(columns).where('id', '=', caseId).execute();
}

suite('a case is found without any wake-up', () => {
  const rows = [
    { promise: 'when it has been due for some seconds', columns: { look_again_at: ago(60) }, found: true },
    {
      promise: 'but not while its wake-up may still be on its way',
      // Of the moment of the test, which may come long after the file was read.
      get columns() {
        return { look_again_at: ago(0) };
      },
      found: false,
    },
    { promise: 'but not before it is due', columns: { look_again_at: ago(-60) }, found: false },
    { promise: 'but not when nobody has to look again', columns: { look_again_at: null }, found: false },
    ...['held', 'waiting', 'attention'].map((state) => ({
      promise: `when it is ${state} and due`,
      columns: { state, look_again_at: ago(60) },
      found: true,
    })),
    ...['completed', 'cancelled', 'reversed'].map((state) => ({
      promise: `but not when it is ${state}`,
      columns: { state, look_again_at: ago(60) },
      found: false,
    })),
  ];
  for (const row of rows) {
    const { promise, found } = row;
    test(promise, async (t) => {
      const stage = await openStage(t);
      const caseId = await stage.open('anna@acme.example');
      await put(stage, caseId, row.columns);
      assert.deepEqual(await readNeglected(stage.db), found ? [{ id: caseId, contained: false }] : []);
    });
  }

  test('when the worker of one of its steps is gone', async (t) => {
    const stage = await openStage(t);
    const caseId = await stage.open('anna@acme.example');
    await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    await put(stage, caseId, { look_again_at: null });
    assert.deepEqual(await readNeglected(stage.db), [{ id: caseId, contained: false }]);
    assert.deepEqual(await readHeldSteps(stage.db, CLAIMER.workerId), [
      { caseId, id: (await stage.step(caseId, 'files/resolve-account')).id, epoch: 1 },
    ]);
  });
});

test('accounts of a target whose owners are leaving are those of other open cases, as far as they were found', async (t) => {
  const stage = await openStage(t);
  for (const [email, userId] of Object.entries({ 'anna@acme.example': 'u1', 'bela@acme.example': 'u2', 'cleo@acme.example': null })) {
    const caseId = await stage.open(email);
    const { claims } = await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    for (const { step } of claims) {
      const facts = userId === null ? {} : { userId };
      const result = { kind: 'done', outcome: 'verified', facts } as const;
      await stage.engine.advance(caseId, { type: 'result', stepId: step.id, epoch: step.epoch, result }, null);
    }
  }
  const anna = await stage.open('anna@acme.example');
  assert.deepEqual(await readLeavingAccounts(stage.db, 'files', anna), new Set(['u2']));
  assert.deepEqual(await readLeavingAccounts(stage.db, 'boards', anna), new Set());
  await put(stage, await stage.open('bela@acme.example'), { state: 'completed' });
  assert.deepEqual(await readLeavingAccounts(stage.db, 'files', anna), new Set());
});
