import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newId } from '../../src/kernel/ids.ts';
import { OPERATOR_EVENTS, type OperatorHappening } from '../../src/notifications/happening.ts';
import { createTell } from '../../src/notifications/outbox.ts';
import type { CaseState } from '../../src/offboarding/case.ts';
import { worthTelling } from '../../src/offboarding/telling.ts';
import { DONE, FILES, standing } from './support/cases.ts';
import { CLAIMER, openStage, type Stage } from './support/stage.ts';

const ADA = { email: 'ada@acme.example', name: 'Ada' };
const EMAIL = 'anna@acme.example';
const DESK = { mail: ['desk@acme.example'], slack: false, webhook: false, events: OPERATOR_EVENTS };

const told = (from: CaseState, to: CaseState): OperatorHappening[] =>
  worthTelling({ before: standing([FILES], {}, { state: from }), after: standing([FILES], {}, { state: to, reason: 'because' }) }, ADA);

suite('what of a change is told', () => {
  test('where a person is needed, and the end: and nothing of what goes on by itself, or was taken back by a person', () => {
    const of = (to: CaseState) => told('running', to).map(({ event }) => event);
    assert.deepEqual([of('held'), of('attention'), of('completed')], [['case.held'], ['case.attention'], ['case.completed']]);
    assert.deepEqual([of('running'), of('waiting'), of('cancelled'), of('reversed')], [[], [], [], []]);
  });

  test('a case that stays where it is, is not told of again', () => {
    assert.deepEqual([told('held', 'held'), told('attention', 'attention'), told('completed', 'completed')], [[], [], []]);
  });

  test('who it is, and why', () => {
    const described = { id: 'case-1', playbook: 'offboard', person: ADA, reason: 'because' };
    assert.deepEqual(told('running', 'attention'), [{ event: 'case.attention', case: described }]);
  });

  test('at the end what the target did not offer, which is left to a person', () => {
    const steps = { 'files/suspend': DONE, 'files/notify-successor': { ...DONE, outcome: 'not-offered' as const } };
    const [end] = worthTelling({ before: standing([FILES], {}), after: standing([FILES], steps, { state: 'completed' }) }, ADA);
    assert.deepEqual(end?.event === 'case.completed' && end.notOffered, [{ target: 'files', action: 'notify-successor' }]);
  });
});

async function eventsIn({ db }: Stage): Promise<string[]> {
  const rows = await db.selectFrom('notification').select(['event']).orderBy('created_at').execute();
  return rows.map(({ event }) => event);
}

suite('the outbox is written with the change', () => {
  const tell = createTell({ recipients: DESK, newId, onTold: () => undefined });

  test('a case that is opened for somebody to approve is told, once, however many ask for it', async (t) => {
    const stage = await openStage(t, { tell, policy: { protected: ['*@acme.example'] } });
    await Promise.all([stage.open(EMAIL), stage.open(EMAIL), stage.open(EMAIL)]);
    assert.deepEqual(await eventsIn(stage), ['case.held']);
  });

  test('a case that is opened and goes on by itself is not', async (t) => {
    const stage = await openStage(t, { tell });
    await stage.open(EMAIL);
    assert.deepEqual(await eventsIn(stage), []);
  });

  test('a step that fails for good is told, and a result that comes too late is not', async (t) => {
    const stage = await openStage(t, { tell });
    const caseId = await stage.open(EMAIL);
    const { claims } = await stage.engine.advance(caseId, { type: 'wake' }, CLAIMER);
    const { id: stepId = '', epoch = 0 } = claims[0]?.step ?? {};
    const error = { code: 'target-refused', message: 'files: no.' } as const;
    const event = { type: 'result', stepId, epoch, result: { kind: 'refused', error } } as const;
    await stage.engine.advance(caseId, event, null);
    await stage.engine.advance(caseId, event, null);
    assert.equal((await stage.caseOf(caseId)).state, 'attention');
    assert.deepEqual(await eventsIn(stage), ['case.attention']);
  });

  test('a change that cannot be committed is not told', async (t) => {
    const stage = await openStage(t, { tell });
    const caseId = await stage.open(EMAIL);
    const broken = stage.engineWith({
      ledger: {
        ...stage.ledger,
        append: () => {
          throw new Error('the ledger is full');
        },
      },
    });
    await assert.rejects(broken.advance(caseId, { type: 'hold', by: 'it-desk', reason: 'wait' }, null), /the ledger is full/);
    assert.deepEqual([(await stage.caseOf(caseId)).state, await eventsIn(stage)], ['running', []]);
  });
});
