import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Case, Snapshot } from '../../src/offboarding/case.ts';
import { joined } from '../../src/offboarding/depart.ts';
import { type CaseEvent, type Surroundings, type Transition, transition } from '../../src/offboarding/transition.ts';
import {
  ABSENT,
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
  type Standing,
  standing,
  stepOf,
} from './support/cases.ts';

const WORKER = { workerId: 'worker-2', free: { contain: 10, bulk: 10 } };
const BY = { by: 'it-desk', reason: 'because' };
const CANCEL: CaseEvent = { type: 'cancel', ...BY };
const REVERSE: CaseEvent = { type: 'reverse', ...BY };
const DEPART: CaseEvent = { type: 'depart', by: 'okta-main', playbook: 'offboard', startsAt: null, confirmBy: [] };
const CONTAINED: Standing = { 'files/resolve-account': DONE, 'files/suspend': DONE, 'files/revoke-sessions': DONE };
const HANDED_OVER: Standing = {
  ...CONTAINED,
  'files/list-workspaces': DONE,
  'files/delete-webhooks': DONE,
  'files/transfer-workspace a': { ...DONE, facts: { name: 'A', seenWith: 'u2' } },
};

function apply(before: Snapshot, event: CaseEvent, around: Partial<Surroundings> = {}): Transition {
  const base = { now: later(10), targets: [FILES, BOARDS], policy: POLICY, newId: countingIds('new'), random: () => 0, capacity: null };
  return transition(before, event, { ...base, outages: NO_OUTAGES, confirmers: [DIRECTORY], ...around });
}

function back({ after }: Transition): string[] {
  return after.steps.filter(({ undoes }) => undoes !== null).map(nameOf);
}

suite('a case that is cancelled', () => {
  test('has its lock-out taken back, and nothing of its plan is left to start', () => {
    const change = apply(standing([FILES], CONTAINED), CANCEL, { capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/restore-status']);
    assert.ok(change.after.steps.every(({ state }) => state !== 'pending'));
    assert.deepEqual([change.after.case.state, change.after.case.undo], ['running', 'cancel']);
    assert.deepEqual(change.entries[0]?.data['by'], 'it-desk');
  });

  test('may be after a target has said what it does not offer, which begins nothing', () => {
    const told = { ...DONE, outcome: 'not-offered' } as const;
    const steps = { ...CONTAINED, 'files/verify-audit': told, 'files/remove-member': told, 'files/transfer-workspace a': told };
    const change = apply(standing([FILES], steps), CANCEL);
    assert.deepEqual([change.refused, back(change)], [null, ['files/restore-status']]);
    assert.match(apply(standing([FILES], steps), REVERSE).refused ?? '', /nothing was handed over yet; cancel the case instead/);
  });

  test('takes back a lock-out of which nobody knows whether it worked', () => {
    assert.deepEqual(back(apply(standing([FILES], { ...CONTAINED, 'files/suspend': POSTPONED }), CANCEL)), ['files/restore-status']);
    assert.deepEqual(back(apply(standing([FILES], { ...CONTAINED, 'files/suspend': FAILED }), CANCEL)), ['files/restore-status']);
    assert.deepEqual(back(apply(standing([FILES], { ...CONTAINED, 'files/suspend': RUNNING }), CANCEL)), ['files/restore-status']);
  });

  test('takes back nothing that was not done', () => {
    assert.deepEqual(back(apply(standing([FILES], { 'files/resolve-account': DONE }), CANCEL)), []);
    assert.deepEqual(back(apply(standing([FILES], { 'files/resolve-account': DONE, 'files/suspend': ABSENT }), CANCEL)), []);
  });

  test('is over at once where nothing was done, held or not', () => {
    for (const subject of [{}, { state: 'held', hold: 'protected' }, { state: 'waiting', startsAt: later(60) }] as const) {
      const { after, wake } = apply(standing([FILES], {}, subject), CANCEL);
      assert.deepEqual([after.case.state, after.case.hold, after.case.reason, wake.size], ['cancelled', null, null, 0]);
    }
  });

  test('says what could not be taken back', () => {
    const before = standing([FILES], { ...CONTAINED, 'files/restore-status': { ...RUNNING, undoes: 'suspend' } }, { undo: 'cancel' });
    const result = { kind: 'done', outcome: 'verified' } as const;
    const { after } = apply(before, { type: 'result', stepId: before.step('files/restore-status').id, epoch: 1, result });
    assert.deepEqual([after.case.state, after.case.reason], ['cancelled', 'what could not be taken back: files: sessions stay ended']);
  });

  test('gives up what cannot be taken back when it is asked once more, and says so', () => {
    const steps = { ...CONTAINED, 'files/restore-status': { ...FAILED, undoes: 'suspend' } };
    const { after } = apply(standing([FILES], steps, { undo: 'cancel', state: 'attention' }), CANCEL);
    assert.equal(after.case.state, 'cancelled');
    assert.match(after.case.reason ?? '', /files: sessions stay ended; files: it does not answer\./);
  });

  test('needs a person when the account cannot be given back, and retry tries that again and nothing of the plan', () => {
    const steps = { ...CONTAINED, 'files/list-workspaces': FAILED, 'files/restore-status': { ...FAILED, undoes: 'suspend' } };
    const before = standing([FILES], steps, { undo: 'cancel', state: 'attention' });
    const { claimed, after } = apply(before, { type: 'retry', ...BY }, { capacity: WORKER });
    assert.deepEqual(claimed.map(nameOf), ['files/restore-status']);
    assert.equal(stepOf(after.steps, 'files/list-workspaces').state, 'failed');
  });

  test('cannot be once something was handed over, nor when its target is no longer configured', () => {
    const late = standing([FILES], { ...HANDED_OVER, 'files/transfer-workspace a': FAILED }, { state: 'attention' });
    assert.match(apply(late, CANCEL).refused ?? '', /transfer-workspace on files has begun.*Reverse it instead/);
    assert.match(
      apply(standing([FILES], CONTAINED), CANCEL, { targets: [BOARDS] }).refused ?? '',
      /files is no longer in the configuration/,
    );
  });

  test('is not held by the news that the person is back, and not cancelled twice', () => {
    const before = standing([FILES], { ...CONTAINED, 'files/restore-status': { undoes: 'suspend' } }, { undo: 'cancel' });
    assert.match(apply(before, { type: 'hold', ...BY }).refused ?? '', /taken back already/);
    assert.match(apply(before, CANCEL).refused ?? '', /taken back already \(cancel\)/);
    assert.match(apply(before, REVERSE).refused ?? '', /taken back already \(cancel\)/);
  });
});

suite('a case that is reversed', () => {
  test('gives the account back first, and what it owned after that', () => {
    const first = apply(standing([FILES], HANDED_OVER, { state: 'attention' }), REVERSE, { capacity: WORKER });
    assert.deepEqual(first.claimed.map(nameOf), ['files/restore-status']);
    const [step] = first.claimed;
    const result = { kind: 'done', outcome: 'verified' } as const;
    const second = apply(first.after, { type: 'result', stepId: step?.id ?? '', epoch: step?.epoch ?? 0, result }, { capacity: WORKER });
    assert.deepEqual(second.claimed.map(nameOf), ['files/return-workspace a']);
    assert.deepEqual(second.claimed[0]?.facts, { name: 'A', seenWith: 'u2' }, 'it knows who has what it owned');
  });

  test('cannot be before anything was handed over, while the removal runs, or after it', () => {
    const rows: readonly [Standing, Partial<Case>, RegExp][] = [
      [CONTAINED, {}, /nothing was handed over yet; cancel the case instead/],
      [{ ...HANDED_OVER, 'files/remove-member': RUNNING }, {}, /the removal from files is under way/],
      [{ ...HANDED_OVER, 'files/remove-member': DONE }, {}, /removed from files: invite them there again first/],
      [{ ...HANDED_OVER, 'files/remove-member': DONE }, { state: 'completed' }, /removed from files: invite them there again first/],
    ];
    for (const [steps, subject, why] of rows) {
      assert.match(apply(standing([FILES], steps, subject), REVERSE).refused ?? '', why);
    }
  });

  test('may be when only the removal was tried, and failed: one of the two ways back is always open', () => {
    const { 'files/transfer-workspace a': _, ...owningNothing } = HANDED_OVER;
    const before = standing([FILES], { ...owningNothing, 'files/remove-member': FAILED }, { state: 'attention' });
    assert.match(apply(before, CANCEL).refused ?? '', /Reverse it instead/);
    assert.equal(apply(before, REVERSE).refused, null);
  });

  test('may be when the target has refused to remove', () => {
    const before = standing([FILES], { ...HANDED_OVER, 'files/remove-member': FAILED }, { state: 'attention' });
    assert.equal(apply(before, REVERSE).refused, null);
  });

  test('may be when the target has refused to remove somebody who had nothing to hand over, since it can no longer be cancelled', () => {
    const { 'files/transfer-workspace a': _, ...nothingOwned } = HANDED_OVER;
    const before = standing([FILES], { ...nothingOwned, 'files/remove-member': FAILED }, { state: 'attention' });
    assert.match(apply(before, CANCEL).refused ?? '', /remove-member on files has begun.*Reverse it instead/);
    assert.equal(apply(before, REVERSE).refused, null);
  });
});

suite('somebody who leaves after all while their case is taken back', () => {
  const cancelled = (step: Standing[string]) =>
    standing(
      [FILES],
      { ...CONTAINED, 'files/list-workspaces': { state: 'skipped' }, 'files/restore-status': { undoes: 'suspend', ...step } },
      { undo: 'cancel', undoneAt: later(-6), containedAt: later(-5) },
    );

  test('is locked out again, the way back being given up, and the account being looked for anew', () => {
    const change = apply(cancelled({}), DEPART, { targets: [FILES], capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/resolve-account']);
    assert.equal(stepOf(change.after.steps, 'files/suspend').state, 'pending');
    assert.equal(stepOf(change.after.steps, 'files/restore-status').state, 'skipped');
    assert.deepEqual([change.after.case.undo, change.after.case.containedAt], [null, null]);
  });

  test('is locked out again behind what of the way back runs already', () => {
    const change = apply(cancelled(RUNNING), DEPART, { targets: [FILES], capacity: WORKER });
    assert.deepEqual([change.claimed, change.after.case.state], [[], 'running']);
  });

  test('leaves as the new departure says, and not as the one that was taken back', () => {
    const locked = apply(cancelled({}), { ...DEPART, playbook: 'contain' }, { targets: [FILES] });
    assert.equal(locked.after.case.playbook, 'contain');
    assert.equal(stepOf(locked.after.steps, 'files/list-workspaces').state, 'skipped');
    const later60 = apply(cancelled({}), { ...DEPART, startsAt: later(60) }, { targets: [FILES], capacity: WORKER });
    assert.deepEqual([later60.claimed, later60.after.case.startsAt], [[], later(60)]);
  });

  test('has everything done that was left out, when a lock-out becomes a departure after all', () => {
    const locked = apply(cancelled({}), { ...DEPART, playbook: 'contain' }, { targets: [FILES] });
    const { after } = apply(locked.after, DEPART, { targets: [FILES] });
    for (const name of ['files/list-workspaces', 'files/remove-member', 'files/verify-audit']) {
      assert.equal(stepOf(after.steps, name).state, 'pending', name);
    }
  });

  test('has what the plan lacks added', () => {
    const before = apply(standing([FILES], CONTAINED, { playbook: 'contain' }), CANCEL, { targets: [FILES] }).after;
    const { after } = apply(before, { ...DEPART, confirmBy: ['idp'] }, { targets: [FILES] });
    assert.equal(after.case.playbook, 'offboard');
    assert.equal(stepOf(after.steps, 'files/remove-member').state, 'pending');
    assert.equal(stepOf(after.steps, 'idp/confirm-departure').state, 'pending');
  });

  test('can be given back once more', () => {
    const again = apply(apply(cancelled(DONE), DEPART, { capacity: WORKER }).after, CANCEL);
    assert.equal(stepOf(again.after.steps, 'files/restore-status').state, 'pending');
  });
});

suite('what two requests for one person come to', () => {
  const at = (playbook: 'offboard' | 'contain', startsAt: Date | null, handOverAt: Date | null = null) => ({
    playbook,
    startsAt,
    handOverAt,
    confirmBy: [],
  });
  const rows: readonly [string, ReturnType<typeof at>, ReturnType<typeof at>, ReturnType<typeof at>][] = [
    ['the earlier departure counts', at('offboard', later(60)), at('offboard', later(30)), at('offboard', later(30))],
    ['at once is earlier than any time', at('offboard', later(60)), at('offboard', null), at('offboard', null)],
    ['a later departure postpones nothing', at('offboard', null), at('offboard', later(30)), at('offboard', null)],
    [
      'who is to leave later and is locked out now, leaves later',
      at('offboard', later(60)),
      at('contain', null),
      at('offboard', null, later(60)),
    ],
    [
      'who is locked out and is to leave later, leaves later',
      at('contain', null),
      at('offboard', later(60)),
      at('offboard', null, later(60)),
    ],
    ['who is locked out and is to leave now, leaves now', at('contain', null), at('offboard', null), at('offboard', null)],
    [
      'a time for what is hard to reverse is moved forward, too',
      at('offboard', null, later(60)),
      at('offboard', null),
      at('offboard', null),
    ],
    ['a lock-out twice is one', at('contain', null), at('contain', null), at('contain', null)],
  ];
  for (const [promise, first, second, both] of rows) {
    test(promise, () => assert.deepEqual(joined(first, second), both));
  }
});

suite('an attempt on a target that is down', () => {
  const before = standing([FILES], { 'files/resolve-account': { ...RUNNING, scheduleAttempts: 4, scheduleWaitedMs: 7_000 } });
  const error = { code: 'target-unavailable', message: 'files: it does not answer.' } as const;
  const report = (targetDown: boolean, outages: Surroundings['outages']): Transition => {
    const result = { kind: 'retry-later', error, targetDown } as const;
    return apply(before, { type: 'result', stepId: before.step('files/resolve-account').id, epoch: 1, result }, { outages });
  };

  test('costs nothing of the schedule, and waits for the target instead of a time', () => {
    const { scheduleAttempts, scheduleWaitedMs, nextAttemptAt } = stepOf(
      report(true, new Map([['files', later(5)]])).after.steps,
      'files/resolve-account',
    );
    assert.deepEqual([scheduleAttempts, scheduleWaitedMs, nextAttemptAt], [3, 7_000, null]);
  });

  test('counts while the target is not known to be down, and when it answered', () => {
    for (const change of [report(true, NO_OUTAGES), report(false, new Map([['files', later(5)]]))]) {
      const { scheduleAttempts, scheduleWaitedMs, nextAttemptAt } = stepOf(change.after.steps, 'files/resolve-account');
      assert.ok(scheduleAttempts === 4 && scheduleWaitedMs > 7_000 && nextAttemptAt !== null);
    }
  });
});

suite('an action that asks first', () => {
  test('holds the case, has done nothing, and is asked again after the approval', () => {
    const before = standing([FILES], { 'files/resolve-account': RUNNING });
    const result = { kind: 'ask-first', reason: 'it is the account that Leaver works with' } as const;
    const held = apply(before, { type: 'result', stepId: before.step('files/resolve-account').id, epoch: 1, result }, { capacity: WORKER });
    assert.deepEqual([held.after.case.state, held.after.case.reason, held.claimed], ['held', result.reason, []]);
    const approved = apply(held.after, { type: 'approve', ...BY }, { capacity: WORKER });
    assert.deepEqual(approved.claimed.map(nameOf), ['files/resolve-account']);
  });
});

suite('a departure that an identity provider must confirm', () => {
  const WHOLE = { ...CONTAINED, 'files/list-workspaces': DONE, 'files/delete-webhooks': DONE, 'files/transfer-workspace a': {} };
  const planned = apply({ case: { ...standing([FILES], {}).case, confirmBy: ['idp'] }, steps: [] }, { type: 'wake' }, { targets: [FILES] });
  const confirming = (steps: Standing): Snapshot => {
    const { 'idp/confirm-departure': confirmation, ...others } = steps;
    const known = standing([FILES], others, { confirmBy: ['idp'] });
    const gates = planned.after.steps.filter(({ target }) => target === 'idp').map((gate) => ({ ...gate, ...confirmation }));
    return { case: known.case, steps: [...known.steps, ...gates] };
  };

  test('is planned for the connections that can be asked, and locks out without waiting for them', () => {
    assert.equal(stepOf(planned.after.steps, 'idp/confirm-departure').state, 'pending');
    const { claimed } = apply(planned.after, { type: 'wake' }, { targets: [FILES], capacity: WORKER });
    assert.deepEqual(claimed.map(nameOf), ['files/resolve-account']);
  });

  test('is asked for when nothing else is in the way, and not weeks before', () => {
    const contained = confirming({ ...WHOLE, 'files/delete-webhooks': {} });
    const early = apply({ ...contained, case: { ...contained.case, handOverAt: later(60) } }, { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual(early.claimed, []);
    const due = apply(contained, { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual(due.claimed.map(nameOf), ['idp/confirm-departure']);
  });

  test('is not asked for where nothing is left that waits for it', () => {
    const gone = confirming({ 'files/resolve-account': ABSENT });
    const { after } = apply(gone, { type: 'wake' }, { capacity: WORKER });
    assert.equal(stepOf(after.steps, 'idp/confirm-departure').state, 'skipped');
  });

  test('tells of a lock-out that has failed before anybody is asked about the departure', () => {
    const question = { attempts: 1, facts: { question: 'idp says that the person is active' } };
    const before = confirming({ ...CONTAINED, 'files/suspend': FAILED, 'idp/confirm-departure': question });
    const { after } = apply(before, { type: 'wake' });
    assert.deepEqual([after.case.state, after.case.reason], ['attention', 'files: it does not answer.']);
    const retried = apply(after.case.state === 'attention' ? after : before, { type: 'retry', ...BY }, { capacity: WORKER });
    assert.ok(retried.claimed.map(nameOf).includes('files/suspend'));
  });

  test('lets nothing begin before that is hard to reverse', () => {
    for (const step of [{}, RUNNING, POSTPONED, FAILED]) {
      const { claimed } = apply(confirming({ ...WHOLE, 'idp/confirm-departure': step }), { type: 'wake' }, { capacity: WORKER });
      assert.ok(!claimed.some(({ phase }) => phase === 'transfer'));
    }
    const { claimed } = apply(confirming({ ...WHOLE, 'idp/confirm-departure': DONE }), { type: 'wake' }, { capacity: WORKER });
    assert.deepEqual(claimed.map(nameOf), ['files/transfer-workspace a']);
  });

  test('goes on without it once a person has answered what the provider said', () => {
    const before = confirming({ ...WHOLE, 'idp/confirm-departure': RUNNING });
    const gate = before.steps.find(({ target }) => target === 'idp');
    const result = { kind: 'ask-first', reason: 'idp says that the person is active' } as const;
    const held = apply(before, { type: 'result', stepId: gate?.id ?? '', epoch: 1, result }, { capacity: WORKER });
    assert.deepEqual([held.after.case.state, held.claimed], ['held', []]);
    const approved = apply(held.after, { type: 'approve', ...BY }, { capacity: WORKER });
    assert.deepEqual(approved.claimed.map(nameOf), ['files/transfer-workspace a']);
    assert.equal(stepOf(approved.after.steps, 'idp/confirm-departure').state, 'skipped');
  });

  test('is still to be confirmed when a person approves something else', () => {
    const held = { ...confirming(WHOLE), case: { ...confirming(WHOLE).case, state: 'held' as const, hold: 'protected' } };
    const { after, claimed } = apply(held, { type: 'approve', ...BY }, { capacity: WORKER });
    assert.deepEqual([stepOf(after.steps, 'idp/confirm-departure').state, claimed.map(nameOf)], ['running', ['idp/confirm-departure']]);
  });

  test('is confirmed by everybody who can be asked, whichever of them told of it', () => {
    const before = standing([FILES], CONTAINED);
    const change = apply(before, { ...DEPART, confirmBy: ['idp'] }, { targets: [FILES], capacity: WORKER });
    assert.deepEqual(change.claimed.map(nameOf), ['files/list-workspaces', 'idp/confirm-departure']);
  });
});
