import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Case, Snapshot, Step } from '../../src/offboarding/case.ts';
import type { Plannable } from '../../src/offboarding/plan.ts';
import { type CaseEvent, type Surroundings, type Transition, transition } from '../../src/offboarding/transition.ts';
import type { ActionResult } from '../../src/targets/target.ts';
import {
  ABSENT,
  AT,
  aCase,
  BOARDS,
  countingIds,
  DIRECTORY,
  DONE,
  FAILED,
  FILES,
  later,
  NO_OUTAGES,
  nameOf,
  POLICY,
  POSTPONED,
  RUNNING,
  SKIPPED,
  type Standing,
  standing,
  stepOf,
} from './support/cases.ts';

const WORKER = { workerId: 'worker-2', free: { contain: 10, bulk: 10 } };
const BY = { by: 'it-desk', reason: 'because' };
const SUSPENDED: Standing = { 'files/resolve-account': DONE, 'files/suspend': DONE };
const CONTAINED: Standing = { ...SUSPENDED, 'files/revoke-sessions': DONE };
const EMPTIED: Standing = { ...CONTAINED, 'files/list-workspaces': DONE, 'files/delete-webhooks': DONE };
const VERIFIED: Standing = { ...EMPTIED, 'files/remove-member': DONE, 'files/verify-audit': DONE };
const TARGET_DOWN = { code: 'target-unavailable', message: 'files: it does not answer.', status: 503, targetCode: 'busy' } as const;

function apply(before: Snapshot, event: CaseEvent, around: Partial<Surroundings> = {}): Transition {
  const targets: readonly Plannable[] = [FILES];
  const base = {
    now: later(10),
    targets,
    policy: POLICY,
    newId: countingIds('new'),
    random: () => 0,
    capacity: null,
    outages: NO_OUTAGES,
    confirmers: [DIRECTORY],
  };
  return transition(before, event, { ...base, ...around });
}

function resultOf(step: Step, result: ActionResult): CaseEvent {
  return { type: 'result', stepId: step.id, epoch: step.epoch, result };
}

/** What comes of a result of the named step, which is running. */
function report(name: string, result: ActionResult, steps: Standing = {}, around: Partial<Surroundings> = {}): Transition {
  const before = standing([FILES], { ...steps, [name]: { ...RUNNING, ...steps[name] } });
  return apply(before, resultOf(before.step(name), result), around);
}

function kinds({ entries }: Transition): string[] {
  return entries.map(({ kind }) => kind);
}

suite('a worker that looks at a case', () => {
  test('makes the plan of a new case, once, and records it', () => {
    const first = apply({ case: aCase(), steps: [] }, { type: 'wake' });
    assert.equal(first.after.steps.length, 8);
    const second = apply(first.after, { type: 'wake' });
    assert.deepEqual([kinds(first), kinds(second)], [['plan.made'], []]);
  });

  test('claims what may start, each under a new epoch, and records it', () => {
    const before = standing([FILES], { 'files/resolve-account': { ...POSTPONED, nextAttemptAt: AT, epoch: 4, attempts: 2 } });
    const change = apply(before, { type: 'wake' }, { capacity: WORKER });
    const [step] = change.claimed;
    assert.ok(step && change.claimed.length === 1);
    assert.deepEqual([step.state, step.epoch, step.attempts, step.workerId, step.nextAttemptAt], ['running', 5, 3, 'worker-2', null]);
    assert.deepEqual(change.entries.at(-1)?.data, {
      step: step.id,
      target: 'files',
      action: 'resolve-account',
      subject: null,
      epoch: 5,
      attempt: 3,
    });
    assert.deepEqual(stepOf(change.after.steps, 'files/resolve-account'), step);
  });

  test('claims no more of a lane than it has room for, and asks another worker to look at the rest', () => {
    const before = standing([FILES], { 'files/resolve-account': DONE, 'files/suspend': DONE });
    const change = apply(before, { type: 'wake' }, { capacity: { workerId: 'worker-2', free: { contain: 1, bulk: 1 } } });
    assert.deepEqual(change.claimed.map(nameOf), ['files/revoke-sessions', 'files/list-workspaces']);
    assert.deepEqual([...change.wake], ['bulk']);
    assert.deepEqual(change.after.case.lookAgainAt, later(10));
  });

  test('claims nothing of a held case, and wakes nobody for it', () => {
    const change = apply(standing([FILES], {}, { state: 'held', hold: 'they are back' }), { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual([change.claimed, [...change.wake], change.after.case.lookAgainAt], [[], [], null]);
  });

  test('frees the steps of a worker that is gone, and may take them itself', () => {
    const before = standing([FILES], { 'files/resolve-account': { ...RUNNING, workerAlive: false } });
    const change = apply(before, { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual(kinds(change), ['step.released', 'step.started']);
    assert.deepEqual([change.claimed[0]?.epoch, change.claimed[0]?.attempts], [2, 2]);
  });

  test('leaves the steps of a living worker alone', () => {
    const change = apply(standing([FILES], { 'files/resolve-account': RUNNING }), { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual([change.claimed, change.entries], [[], []]);
  });

  test('holds a case for which no target has anything to do, and says so once', () => {
    const first = apply({ case: aCase(), steps: [] }, { type: 'wake' }, { targets: [], capacity: WORKER });
    assert.deepEqual([first.after.case.state, kinds(first)], ['held', ['case.held', 'case.state']]);
    assert.deepEqual(kinds(apply(first.after, { type: 'wake' }, { targets: [], capacity: WORKER })), []);
  });

  test('plans nothing for a case that is over', () => {
    for (const state of ['completed', 'cancelled', 'reversed'] as const) {
      const change = apply({ case: aCase({ state }), steps: [] }, { type: 'wake' }, { capacity: WORKER });
      assert.deepEqual([change.after.case.state, change.after.steps, change.entries], [state, [], []]);
    }
  });
});

suite('a result', () => {
  const rows: ReadonlyArray<{ promise: string; result: ActionResult; state: Step['state']; outcome?: Step['outcome']; kind: string }> = [
    { promise: 'done', result: { kind: 'done', outcome: 'acknowledged' }, state: 'done', outcome: 'acknowledged', kind: 'step.finished' },
    { promise: 'account-absent', result: { kind: 'account-absent' }, state: 'done', outcome: 'already-absent', kind: 'step.finished' },
    { promise: 'not-needed', result: { kind: 'not-needed', reason: 'nothing there' }, state: 'skipped', kind: 'step.skipped' },
    { promise: 'refused', result: { kind: 'refused', error: TARGET_DOWN }, state: 'failed', kind: 'step.failed' },
    { promise: 'retry-later', result: { kind: 'retry-later', error: TARGET_DOWN }, state: 'pending', kind: 'step.postponed' },
    {
      promise: 'more-first',
      result: { kind: 'more-first', followUps: [{ action: 'transfer-workspace', subject: 'a' }], reason: 'one appeared' },
      state: 'pending',
      kind: 'step.postponed',
    },
  ];
  for (const { promise, result, state, outcome = null, kind } of rows) {
    test(`${promise} leaves the step ${state}, with nobody at work on it, and one entry that says so`, () => {
      const change = report('files/remove-member', result, EMPTIED);
      const step = stepOf(change.after.steps, 'files/remove-member');
      assert.deepEqual([step.state, step.outcome, step.workerId, step.epoch], [state, outcome, null, 1]);
      assert.equal(change.entries.filter((entry) => entry.kind === kind && entry.data['step'] === step.id).length, 1);
    });

    test(`${promise} with an epoch that is not the present one changes nothing and records nothing`, () => {
      const before = standing([FILES], { ...EMPTIED, 'files/remove-member': { ...RUNNING, epoch: 2 } });
      for (const epoch of [0, 1, 3]) {
        const stepId = before.step('files/remove-member').id;
        const change = apply(before, { type: 'result', stepId, epoch, result }, { capacity: WORKER });
        assert.notEqual(change.refused, null);
        assert.equal(change.after, before);
        assert.deepEqual([change.touched, change.claimed, change.entries, [...change.wake]], [[], [], [], []]);
      }
    });
  }

  const TOLD = { requests: [{ method: 'GET', path: '/members', status: 200 }], requestsLeftOut: 7 };
  for (const result of [...rows.map((row) => row.result), { kind: 'ask-first', reason: 'two of them' } as const, null]) {
    test(`that is ${result?.kind ?? 'a step handed back'} is recorded with every request of the attempt, once`, () => {
      const before = standing([FILES], { ...EMPTIED, 'files/remove-member': { ...RUNNING, attempts: 3 } });
      const { id: stepId, epoch } = before.step('files/remove-member');
      const ended = { stepId, epoch, told: TOLD };
      const change = apply(before, result ? { type: 'result', result, ...ended } : { type: 'released', ...ended });
      const told = change.entries.filter(({ data }) => 'requests' in data);
      assert.equal(told.length, 1);
      assert.partialDeepStrictEqual(told[0]?.data, { step: stepId, epoch, attempt: 3, ...TOLD });
    });
  }

  test('is recorded without what says who somebody is, which is set apart', () => {
    const workspaces = [{ id: 'w1', name: 'Of Anna' }, { id: 'w2' }];
    const facts = { userId: 'u1', status: 'active', workspaces, successor: { email: 'b@acme.example', source: 'manager' }, seenWith: null };
    const [entry] = report('files/resolve-account', { kind: 'done', outcome: 'verified', facts }).entries;
    assert.deepEqual(entry?.data['facts'], {
      status: 'active',
      workspaces: [{ id: 'w1' }, { id: 'w2' }],
      successor: { source: 'manager' },
      seenWith: null,
    });
    assert.deepEqual(entry?.personal, {
      facts: { userId: 'u1', workspaces: [{ name: 'Of Anna' }, null], successor: { email: 'b@acme.example' } },
    });
  });

  test('of a step that is not running, or not there, changes nothing', () => {
    const before = standing([FILES], { 'files/resolve-account': DONE });
    for (const stepId of [before.step('files/resolve-account').id, before.step('files/suspend').id, 'no such step']) {
      assert.notEqual(apply(before, { type: 'result', stepId, epoch: 1, result: { kind: 'account-absent' } }).refused, null);
    }
  });

  test('that finishes a step lets its worker go on with the next one at once', () => {
    const change = report('files/resolve-account', { kind: 'done', outcome: 'verified' }, {}, { capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/suspend']);
  });

  test('adds its facts to what the step knew, and its follow-ups to the plan', () => {
    const followUps = [{ action: 'transfer-workspace', subject: 'a', facts: { successorId: 'u2' } }];
    const steps: Standing = { ...CONTAINED, 'files/list-workspaces': { ...RUNNING, facts: { kept: 1, count: 0 } } };
    const change = report('files/list-workspaces', { kind: 'done', outcome: 'verified', facts: { count: 1 }, followUps }, steps);
    assert.deepEqual(stepOf(change.after.steps, 'files/list-workspaces').facts, { kept: 1, count: 1 });
    assert.deepEqual(stepOf(change.after.steps, 'files/transfer-workspace a').facts, { successorId: 'u2' });
    assert.deepEqual(kinds(change).slice(0, 2), ['step.finished', 'step.added']);
  });

  test('keeps e-mails, names, notices and ids of accounts out of what is hashed, however deep they stand', () => {
    const facts = {
      email: 'a@acme.example',
      successor: { accountId: 'u2', email: 'b@acme.example', name: 'B' },
      workspaces: [{ id: 'w1', name: 'Secret plans' }],
      notice: 'Dear B',
    };
    const change = report('files/resolve-account', { kind: 'done', outcome: 'verified', facts });
    assert.deepEqual(change.entries[0]?.data['facts'], { successor: {}, workspaces: [{ id: 'w1' }] });
    assert.deepEqual(stepOf(change.after.steps, 'files/resolve-account').facts, facts);
  });

  test('keeps the words of an error out of the record, and its codes in', () => {
    const [entry] = report('files/resolve-account', { kind: 'refused', error: TARGET_DOWN }).entries;
    const { step: _, ...told } = entry?.data ?? {};
    const codes = { code: 'target-unavailable', status: 503, targetCode: 'busy' };
    assert.deepEqual(told, { target: 'files', action: 'resolve-account', subject: null, epoch: 1, attempt: 1, ...codes });
  });

  test('that nobody was found skips what was planned for the target, and asks a person', () => {
    const change = report('files/resolve-account', { kind: 'account-absent' });
    const { case: subject, steps } = change.after;
    assert.equal(subject.state, 'attention');
    assert.equal(steps.filter(({ state }) => state === 'skipped').length, 7);
    assert.equal(kinds(change).filter((kind) => kind === 'step.skipped').length, 7);
    assert.ok(!kinds(change).includes('case.contained'));
  });

  test('that ends containment says when, once', () => {
    const change = report('files/revoke-sessions', { kind: 'done', outcome: 'acknowledged' }, SUSPENDED);
    assert.deepEqual(change.after.case.containedAt, later(10));
    assert.equal(kinds(change).filter((kind) => kind === 'case.contained').length, 1);
    assert.ok(!kinds(apply(change.after, { type: 'wake' }, { now: later(20) })).includes('case.contained'));
  });

  test('that ends the last step completes the case, with one entry', () => {
    const change = report('files/notify-successor', { kind: 'not-needed', reason: 'nothing was handed over' }, VERIFIED);
    assert.deepEqual([change.after.case.state, change.after.case.completedAt], ['completed', later(10)]);
    const data = { from: 'running', to: 'completed', by: 'policy', reason: null, residual: [] };
    assert.deepEqual(change.entries.at(-1), { kind: 'case.state', caseId: 'case-1', data });
  });

  test('that fails a step leaves the rest of the case moving', () => {
    const before = standing([FILES, BOARDS], { 'files/resolve-account': RUNNING, 'boards/resolve-account': DONE });
    const event = resultOf(before.step('files/resolve-account'), { kind: 'refused', error: TARGET_DOWN });
    const change = apply(before, event, { targets: [FILES, BOARDS], capacity: WORKER });
    assert.equal(change.after.case.state, 'attention');
    assert.deepEqual(change.claimed.map(nameOf), ['boards/list-boards']);
  });
});

suite('a step that is postponed', () => {
  const down = (afterMs?: number): ActionResult => ({ kind: 'retry-later', error: TARGET_DOWN, ...(afterMs !== undefined && { afterMs }) });

  test('is tried again on its schedule, and the case is looked at then', () => {
    const change = report('files/resolve-account', down(), { 'files/resolve-account': { scheduleAttempts: 3, scheduleStartedAt: AT } });
    assert.deepEqual(stepOf(change.after.steps, 'files/resolve-account').nextAttemptAt, later(12));
    assert.deepEqual([change.after.case.state, change.after.case.lookAgainAt], ['waiting', later(12)]);
  });

  test('is tried again when the target asked for it', () => {
    const change = report('files/resolve-account', down(33_000));
    assert.deepEqual(stepOf(change.after.steps, 'files/resolve-account').nextAttemptAt, later(43));
  });

  test('fails at the end of its schedule, and says for how long it was tried', () => {
    const steps: Standing = { 'files/resolve-account': { scheduleAttempts: 9, scheduleStartedAt: later(-600), scheduleWaitedMs: 599_900 } };
    const change = report('files/resolve-account', down(), steps);
    const { state, error } = stepOf(change.after.steps, 'files/resolve-account');
    assert.equal(state, 'failed');
    assert.match(error?.message ?? '', /^files: it does not answer\. It was tried 9 times since 2026-03-02T07:50:00\.000Z; /);
    assert.deepEqual(kinds(change), ['step.failed', 'case.state']);
  });
});

suite('a step that lets others go first', () => {
  const followUps = [{ action: 'transfer-workspace', subject: 'a', facts: { name: 'A' } }];
  const first: ActionResult = { kind: 'more-first', followUps, reason: 'the account still owns one workspace' };

  test('waits for what it asked for', () => {
    const change = report('files/remove-member', first, EMPTIED, { capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/transfer-workspace a']);
    assert.equal(stepOf(change.after.steps, 'files/remove-member').nextAttemptAt, null);
  });

  test('has its whole schedule before it when they are over', () => {
    const steps = { ...EMPTIED, 'files/remove-member': { scheduleAttempts: 5, scheduleStartedAt: later(-599), scheduleWaitedMs: 599_000 } };
    const { scheduleAttempts, scheduleStartedAt, scheduleWaitedMs } = stepOf(
      report('files/remove-member', first, steps).after.steps,
      'files/remove-member',
    );
    assert.deepEqual([scheduleAttempts, scheduleStartedAt, scheduleWaitedMs], [0, null, 0]);
  });

  test('has done again what was done before, and comes back on its schedule instead of at once', () => {
    const steps = { ...EMPTIED, 'files/transfer-workspace a': { ...DONE, facts: { seenWith: 'u2' } } };
    const change = report('files/remove-member', first, steps, { capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/transfer-workspace a']);
    assert.deepEqual([change.claimed[0]?.attempts, change.claimed[0]?.epoch], [2, 2]);
    assert.ok((stepOf(change.after.steps, 'files/remove-member').nextAttemptAt ?? AT) > later(10));
    assert.ok(change.entries.some(({ kind, data }) => kind === 'step.added' && data['subject'] === 'a'));
  });

  test('does not go round for ever: at the end of its schedule a person must look', () => {
    const steps: Standing = {
      ...EMPTIED,
      'files/transfer-workspace a': DONE,
      'files/remove-member': { scheduleAttempts: 9, scheduleStartedAt: later(-600), scheduleWaitedMs: 599_900 },
    };
    const change = report('files/remove-member', first, steps);
    assert.equal(change.after.case.state, 'attention');
    assert.match(stepOf(change.after.steps, 'files/remove-member').error?.message ?? '', /still owns one workspace/);
  });

  test('comes back on its schedule when it asked for nothing', () => {
    const change = report('files/remove-member', { ...first, followUps: [] }, EMPTIED, { capacity: WORKER });
    assert.deepEqual([change.claimed, change.after.case.state], [[], 'waiting']);
  });
});

suite('a worker that stops', () => {
  test('hands its step to others at once', () => {
    const before = standing([FILES], { 'files/resolve-account': RUNNING });
    const change = apply(before, { type: 'released', stepId: before.step('files/resolve-account').id, epoch: 1 });
    assert.deepEqual(kinds(change), ['step.released']);
    assert.deepEqual([...change.wake], ['contain']);
  });

  test('cannot hand over a step that others have taken already', () => {
    const before = standing([FILES], { 'files/resolve-account': { ...RUNNING, epoch: 2 } });
    const change = apply(before, { type: 'released', stepId: before.step('files/resolve-account').id, epoch: 1 });
    assert.deepEqual([change.refused === null, change.after, change.entries], [false, before, []]);
  });
});

suite('an operator', () => {
  const rows: ReadonlyArray<{ event: CaseEvent; allowed: readonly Case['state'][] }> = [
    { event: { type: 'retry', ...BY }, allowed: ['waiting', 'attention'] },
    { event: { type: 'approve', ...BY }, allowed: ['held'] },
    { event: { type: 'hold', ...BY }, allowed: ['held', 'running', 'waiting', 'attention'] },
  ];
  const states = ['held', 'running', 'waiting', 'attention', 'completed', 'cancelled', 'reversed'] as const;
  for (const { event, allowed } of rows) {
    for (const state of states) {
      test(`${allowed.includes(state) ? 'can' : 'cannot'} ${event.type} a case that is ${state}`, () => {
        const before = standing([FILES], {}, { state, hold: state === 'held' ? 'they are back' : null });
        const change = apply(before, event);
        assert.equal(change.refused === null, allowed.includes(state));
        assert.equal(
          change.entries.some(({ data }) => data['by'] === 'it-desk'),
          allowed.includes(state),
        );
        if (change.refused !== null) {
          assert.match(change.refused, new RegExp(`the case is ${state}`));
        }
      });
    }
  }

  test('who retries begins the schedule of each failed step anew, and of each that waits, and of no other', () => {
    const steps: Standing = { ...CONTAINED, 'files/list-workspaces': FAILED, 'files/delete-webhooks': POSTPONED };
    const before = standing([FILES], steps, { state: 'attention' });
    const change = apply(before, { type: 'retry', ...BY });
    const [entry] = change.entries;
    assert.deepEqual(entry, {
      kind: 'case.retried',
      caseId: 'case-1',
      data: { ...BY, steps: [before.step('files/list-workspaces').id, before.step('files/delete-webhooks').id] },
    });
    assert.deepEqual(change.touched.map(nameOf), ['files/list-workspaces', 'files/delete-webhooks']);
    for (const step of change.touched) {
      assert.deepEqual([step.state, step.error, step.scheduleAttempts, step.nextAttemptAt], ['pending', null, 0, null]);
    }
    assert.deepEqual([change.after.case.state, [...change.wake]], ['running', ['bulk']]);
  });

  test('who retries keeps what was done: it resumes and never restarts', () => {
    const before = standing([FILES], { ...CONTAINED, 'files/list-workspaces': FAILED }, { state: 'attention' });
    assert.deepEqual(stepOf(apply(before, { type: 'retry', ...BY }).after.steps, 'files/suspend'), before.step('files/suspend'));
  });

  test('who retries a case in which nobody was found has the accounts looked for again', () => {
    const absent: Standing = { 'files/resolve-account': ABSENT, 'files/suspend': SKIPPED, 'files/remove-member': SKIPPED };
    const change = apply(standing([FILES], absent, { state: 'attention' }), { type: 'retry', ...BY }, { capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/resolve-account']);
    assert.equal(stepOf(change.after.steps, 'files/suspend').state, 'pending');
  });

  test('who approves lets the case go on', () => {
    const change = apply(standing([FILES], {}, { state: 'held', hold: 'they are back' }), { type: 'approve', ...BY });
    assert.deepEqual([change.after.case.state, change.after.case.hold, [...change.wake]], ['running', null, ['contain']]);
    assert.deepEqual(kinds(change), ['case.approved', 'case.state']);
  });

  test('who approves a case that has no plan yet has one made', () => {
    const change = apply({ case: aCase({ state: 'held', hold: 'protected' }), steps: [] }, { type: 'approve', ...BY });
    assert.deepEqual([...change.wake], ['contain']);
  });

  test('who holds a case keeps what is under way, and its result', () => {
    const before = standing([FILES], { 'files/resolve-account': RUNNING });
    const held = apply(before, { type: 'hold', ...BY }).after;
    const change = apply(held, resultOf(before.step('files/resolve-account'), { kind: 'done', outcome: 'verified' }), { capacity: WORKER });
    assert.equal(stepOf(change.after.steps, 'files/resolve-account').state, 'done');
    assert.deepEqual([change.after.case.state, change.claimed], ['held', []]);
  });
});

suite('an upgrade from contain to offboard', () => {
  const upgrade: CaseEvent = { type: 'depart', by: 'okta-main', playbook: 'offboard', startsAt: null, confirmBy: [] };

  test('adds the steps that containing did not need, and starts those that may start', () => {
    const before = standing([FILES], CONTAINED, { playbook: 'contain' });
    const change = apply(before, upgrade, { capacity: WORKER });
    assert.equal(change.after.case.playbook, 'offboard');
    assert.deepEqual(change.claimed.map(nameOf), ['files/list-workspaces', 'files/delete-webhooks']);
    assert.deepEqual(kinds(change).slice(0, 2), ['case.upgraded', 'plan.made']);
  });

  test('leaves the plan to the worker where there is none yet', () => {
    const change = apply({ case: aCase({ playbook: 'contain' }), steps: [] }, upgrade);
    assert.deepEqual([change.after.case.playbook, change.after.steps, [...change.wake]], ['offboard', [], ['contain']]);
  });

  test('keeps the pause of a containment that waits to be tried again', () => {
    const before = standing(
      [FILES],
      { 'files/resolve-account': POSTPONED },
      { playbook: 'contain', state: 'waiting', lookAgainAt: later(60) },
    );
    const change = apply(before, upgrade, { capacity: WORKER });
    assert.deepEqual([change.claimed, change.after.case.state, change.after.case.lookAgainAt], [[], 'waiting', later(60)]);
  });

  test('keeps a case held', () => {
    const before = standing([FILES], CONTAINED, { playbook: 'contain', state: 'held', hold: 'they are back' });
    const change = apply(before, upgrade, { capacity: WORKER });
    assert.deepEqual([change.after.case.state, change.after.case.playbook, change.claimed], ['held', 'offboard', []]);
  });

  test('skips the added steps where the person has no account', () => {
    const absent: Standing = { 'files/resolve-account': ABSENT, 'files/suspend': SKIPPED, 'files/revoke-sessions': SKIPPED };
    const change = apply(standing([FILES], absent, { playbook: 'contain', state: 'attention' }), upgrade, { capacity: WORKER });
    assert.equal(change.after.steps.filter(({ state }) => state === 'skipped').length, 7);
    assert.equal(change.after.case.state, 'attention');
  });

  test('is refused for a case that is over, or has the playbook already', () => {
    for (const subject of [{ playbook: 'contain', state: 'completed' }, { playbook: 'offboard' }] as const) {
      const change = apply(standing([FILES], {}, subject), upgrade);
      assert.deepEqual([change.refused === null, change.entries], [false, []]);
    }
  });
});
