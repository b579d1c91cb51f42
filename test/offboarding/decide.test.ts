import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Case, Step } from '../../src/offboarding/case.ts';
import { type Conditions, decide } from '../../src/offboarding/decide.ts';
import type { Plannable } from '../../src/offboarding/plan.ts';
import type { Policy } from '../../src/offboarding/policy.ts';
import {
  ABSENT,
  AT,
  BOARDS,
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
} from './support/cases.ts';

/** The conditions of the moment. */
function under(now: Date, others: Partial<Conditions> = {}): Conditions {
  return { policy: POLICY, now, outages: NO_OUTAGES, ...others };
}

interface Row {
  readonly promise: string;
  readonly targets?: readonly Plannable[];
  readonly steps: Standing;
  readonly case?: Partial<Case>;
  readonly policy?: Partial<Policy>;
  readonly now?: Date;
  /** Targets that are down. */
  readonly down?: readonly string[];
  /** Names of the steps that may start, in order. */
  readonly start: readonly string[];
}

const CONTAINED: Standing = { 'files/resolve-account': DONE, 'files/suspend': DONE, 'files/revoke-sessions': DONE };
const EMPTIED: Standing = { ...CONTAINED, 'files/list-workspaces': DONE, 'files/delete-webhooks': DONE };
const LISTED: Standing = { 'boards/resolve-account': DONE, 'boards/list-boards': DONE };

const BACK: Partial<Step> = { undoes: 'suspend' };
const RETURN: Partial<Step> = { undoes: 'transfer-workspace', after: ['restore-status'] };

const STARTS: readonly Row[] = [
  {
    promise: 'the accounts are looked for in every target at once',
    steps: {},
    start: ['files/resolve-account', 'boards/resolve-account'],
  },
  {
    promise: 'containment waits for nothing but its own target',
    steps: { 'files/resolve-account': DONE, 'boards/resolve-account': RUNNING },
    start: ['files/suspend'],
  },
  {
    promise: 'containment comes before what is slow',
    steps: { 'files/resolve-account': DONE, 'files/suspend': DONE, 'boards/resolve-account': DONE },
    start: ['files/revoke-sessions', 'files/list-workspaces', 'files/delete-webhooks', 'boards/list-boards'],
  },
  {
    promise: 'what can be undone does not wait for the grace period',
    targets: [FILES],
    steps: CONTAINED,
    policy: { graceSeconds: 3_600 },
    start: ['files/list-workspaces', 'files/delete-webhooks'],
  },
  {
    promise: 'what is hard to reverse waits for the grace period',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': {} },
    policy: { graceSeconds: 3_600 },
    now: later(3_599.999),
    start: [],
  },
  {
    promise: 'what is hard to reverse starts in the very moment in which the grace period ends',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': {} },
    policy: { graceSeconds: 3_600 },
    now: later(3_600),
    start: ['files/transfer-workspace a'],
  },
  {
    promise: 'a target that has nothing to contain by keeps the grace period too',
    targets: [BOARDS],
    steps: LISTED,
    policy: { graceSeconds: 3_600 },
    now: later(60),
    start: [],
  },
  {
    promise: 'a target that was contained late does not make the others wait for another grace period',
    steps: {
      ...EMPTIED,
      ...LISTED,
      'boards/resolve-account': { ...DONE, finishedAt: later(3_000) },
    },
    policy: { graceSeconds: 3_600 },
    now: later(3_700),
    start: ['files/remove-member'],
  },
  {
    promise: 'nothing hard to reverse starts before containment was tried in every target',
    steps: { ...EMPTIED, 'files/transfer-workspace a': {}, 'boards/resolve-account': RUNNING },
    start: [],
  },
  {
    promise: 'a target that is down delays no other, however much waits behind it',
    steps: { ...LISTED, 'files/resolve-account': POSTPONED },
    start: ['boards/remove-from-organization'],
  },
  {
    promise: 'a target that is down delays no other while it is tried again',
    steps: { ...LISTED, 'files/resolve-account': { ...RUNNING, attempts: 2, error: POSTPONED.error ?? null } },
    start: ['boards/remove-from-organization'],
  },
  {
    promise: 'a target that has failed for good delays no other',
    steps: { ...LISTED, 'files/resolve-account': DONE, 'files/suspend': FAILED },
    start: ['boards/remove-from-organization'],
  },
  {
    promise: 'nothing hard to reverse starts on a target whose own containment has failed',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/revoke-sessions': FAILED, 'files/transfer-workspace a': {} },
    start: [],
  },
  {
    promise: 'no more transfers of a target run side by side than the policy allows',
    targets: [FILES],
    steps: {
      ...EMPTIED,
      'files/transfer-workspace a': RUNNING,
      'files/transfer-workspace b': {},
      'files/transfer-workspace c': {},
      'files/transfer-workspace d': {},
    },
    start: ['files/transfer-workspace b'],
  },
  {
    promise: 'transfers of one target do not count for another',
    steps: {
      ...EMPTIED,
      ...LISTED,
      'files/transfer-workspace a': RUNNING,
      'files/transfer-workspace b': RUNNING,
      'boards/transfer-board z': {},
    },
    start: ['boards/transfer-board z'],
  },
  {
    promise: 'a step that was postponed does not start before its time',
    targets: [FILES],
    steps: { 'files/resolve-account': POSTPONED },
    now: later(59.999),
    start: [],
  },
  {
    promise: 'a step that was postponed starts at its time',
    targets: [FILES],
    steps: { 'files/resolve-account': POSTPONED },
    now: later(60),
    start: ['files/resolve-account'],
  },
  {
    promise: 'of a target that is down nothing is asked, and the others go on',
    steps: LISTED,
    down: ['files'],
    start: ['boards/remove-from-organization'],
  },
  {
    promise: 'a case that is to begin later starts nothing before',
    steps: {},
    case: { startsAt: later(60) },
    now: later(59.999),
    start: [],
  },
  {
    promise: 'a case that is to begin later begins at its time',
    targets: [FILES],
    steps: {},
    case: { startsAt: later(60) },
    now: later(60),
    start: ['files/resolve-account'],
  },
  {
    promise: 'somebody who was locked out before their time keeps what they own until then',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': {} },
    case: { handOverAt: later(60) },
    now: later(59.999),
    start: [],
  },
  {
    promise: 'what is hard to reverse waits for the later of the grace period and its own time',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': {} },
    case: { handOverAt: later(60) },
    policy: { graceSeconds: 120 },
    now: later(119.999),
    start: [],
  },
  {
    promise: 'a case that is taken back starts what takes it back, and nothing of its plan',
    targets: [FILES],
    steps: { ...CONTAINED, 'files/restore-status': BACK },
    case: { undo: 'cancel' },
    start: ['files/restore-status'],
  },
  {
    promise: 'what still runs in a target ends before anything is taken back there',
    targets: [FILES],
    steps: { ...CONTAINED, 'files/list-workspaces': RUNNING, 'files/restore-status': BACK },
    case: { undo: 'cancel' },
    start: [],
  },
  {
    promise: 'the account is given back before what it owned',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': DONE, 'files/restore-status': BACK, 'files/return-workspace a': RETURN },
    case: { undo: 'reverse' },
    start: ['files/restore-status'],
  },
  {
    promise: 'what was owned is given back once the account is',
    targets: [FILES],
    steps: {
      ...EMPTIED,
      'files/transfer-workspace a': DONE,
      'files/restore-status': { ...BACK, ...DONE },
      'files/return-workspace a': RETURN,
    },
    case: { undo: 'reverse' },
    start: ['files/return-workspace a'],
  },
  {
    promise: 'nothing of the way out starts in a target while something is still being taken back there',
    steps: { 'files/resolve-account': DONE, 'files/restore-status': { ...BACK, ...RUNNING }, 'boards/resolve-account': DONE },
    start: ['boards/list-boards'],
  },
  {
    promise: 'a case that is held starts nothing',
    steps: {},
    case: { state: 'held', hold: 'somebody must look' },
    start: [],
  },
  ...(['completed', 'cancelled', 'reversed'] as const).map(
    (state): Row => ({
      promise: `a case that is ${state} starts nothing`,
      steps: {},
      case: { state },
      start: [],
    }),
  ),
  {
    promise: 'a member is removed once all they had is dealt with',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/transfer-workspace a': DONE, 'files/transfer-workspace b': SKIPPED },
    start: ['files/remove-member'],
  },
  {
    promise: 'the successor is told once the removal is verified',
    targets: [FILES],
    steps: { ...EMPTIED, 'files/remove-member': DONE, 'files/verify-audit': DONE },
    start: ['files/notify-successor'],
  },
];

suite('what may start', () => {
  for (const { promise, targets = [FILES, BOARDS], steps, case: subject, policy, now = AT, down = [], start } of STARTS) {
    test(promise, () => {
      const decision = decide(
        standing(targets, steps, subject),
        under(now, { policy: { ...POLICY, ...policy }, outages: new Map(down.map((id) => [id, AT])) }),
      );
      assert.deepEqual(decision.start.map(nameOf), start);
    });
  }
});

suite('nobody is removed while something of the target is open', () => {
  const before = ['resolve-account', 'suspend', 'revoke-sessions', 'list-workspaces', 'delete-webhooks', 'transfer-workspace a'];
  const open = Object.entries({ pending: {}, postponed: POSTPONED, running: RUNNING, failed: FAILED });
  for (const action of before) {
    for (const [how, step] of open) {
      test(`${action} is ${how}`, () => {
        const steps: Standing = { ...EMPTIED, 'files/transfer-workspace a': DONE, [`files/${action}`]: step as Partial<Step> };
        const { start } = decide(standing([FILES], steps), under(later(10)));
        assert.ok(!start.some(({ phase }) => phase === 'remove'));
      });
    }
  }

  test('what is open in another target does not count', () => {
    const { start } = decide(standing([FILES, BOARDS], { ...EMPTIED, ...LISTED, 'boards/transfer-board z': RUNNING }), under(AT));
    assert.deepEqual(start.map(nameOf), ['files/remove-member']);
  });
});

suite('the state of a case', () => {
  const everything: Standing = { ...EMPTIED, 'files/remove-member': DONE, 'files/verify-audit': DONE, 'files/notify-successor': SKIPPED };
  const rows: ReadonlyArray<{
    promise: string;
    steps: Standing;
    case?: Partial<Case>;
    now?: Date;
    down?: readonly string[];
    state: Case['state'];
    reason?: RegExp;
  }> = [
    { promise: 'a case with something to start is running', steps: {}, state: 'running' },
    { promise: 'a case with something under way is running', steps: { 'files/resolve-account': RUNNING }, state: 'running' },
    {
      promise: 'a case that can do nothing before a moment to come waits',
      steps: { 'files/resolve-account': POSTPONED },
      state: 'waiting',
    },
    { promise: 'a case whose steps are over is completed', steps: everything, state: 'completed' },
    {
      promise: 'an emergency says where nobody could be locked out',
      steps: { ...CONTAINED, 'files/suspend': { ...DONE, outcome: 'not-offered', facts: { capability: 'suspend' } } },
      case: { playbook: 'contain' },
      state: 'completed',
      reason: /^the person keeps the access they have in files, which cannot lock anybody out: end it at the identity provider/,
    },
    {
      promise: 'a case with a failed step needs attention, and says which',
      steps: { 'files/resolve-account': FAILED },
      state: 'attention',
      reason: /^files: it does not answer\.$/,
    },
    {
      promise: 'of several failed steps the first is told, and how many more there are',
      steps: { ...CONTAINED, 'files/suspend': FAILED, 'files/revoke-sessions': FAILED },
      state: 'attention',
      reason: / \(and 1 more\)$/,
    },
    {
      promise: 'a case that is held says why, whatever its steps do',
      steps: { 'files/resolve-account': FAILED },
      case: { state: 'held', hold: 'they are back' },
      state: 'held',
      reason: /^they are back$/,
    },
    {
      promise: 'a person without an account anywhere needs attention',
      steps: { 'files/resolve-account': ABSENT },
      state: 'attention',
      reason: /no account in any target/,
    },
    {
      promise: 'a person whom an earlier case has removed may be without an account',
      steps: { 'files/resolve-account': ABSENT },
      case: { follows: 'case-0' },
      state: 'completed',
      reason: /case-0/,
    },
    {
      promise: 'a case that is to begin later waits, and says until when',
      steps: {},
      case: { startsAt: later(60) },
      state: 'waiting',
      reason: /^begins on 2026-03-02T08:01:00\.000Z$/,
    },
    {
      promise: 'a case whose target is down waits, and says for which',
      steps: {},
      down: ['files'],
      state: 'waiting',
      reason: /^files has not answered since 2026-03-02T08:00:00\.000Z; resolve-account waits for it\. The case goes on by itself/,
    },
    {
      promise: 'a case whose target is down for longer than any schedule lasts needs a person',
      steps: {},
      down: ['files'],
      now: later(600),
      state: 'attention',
      reason: /^files has not answered since .* see to it by hand\./,
    },
    {
      promise: 'a case that is taken back runs while something is left to take back',
      steps: { ...CONTAINED, 'files/restore-status': BACK },
      case: { undo: 'cancel' },
      state: 'running',
    },
    {
      promise: 'a case that is cancelled is over when all is as it was',
      steps: { ...CONTAINED, 'files/restore-status': { ...BACK, ...DONE } },
      case: { undo: 'cancel' },
      state: 'cancelled',
    },
    {
      promise: 'a case that is reversed is over when all is as it was',
      steps: { ...CONTAINED, 'files/restore-status': { ...BACK, ...DONE } },
      case: { undo: 'reverse' },
      state: 'reversed',
    },
    {
      promise: 'a case is not over while a step of its plan still runs',
      steps: { 'files/resolve-account': RUNNING },
      case: { undo: 'cancel' },
      state: 'running',
    },
    {
      promise: 'what cannot be taken back needs a person, whatever has failed on the way out',
      steps: { ...CONTAINED, 'files/list-workspaces': FAILED, 'files/restore-status': { ...BACK, ...FAILED } },
      case: { undo: 'cancel' },
      state: 'attention',
      reason: /^files: it does not answer\.$/,
    },
    ...(['completed', 'cancelled', 'reversed'] as const).map((state) => ({
      promise: `a case that is ${state} stays ${state}`,
      steps: { 'files/resolve-account': FAILED },
      case: { state },
      state,
    })),
  ];
  for (const { promise, steps, case: subject, now = later(10), down = [], state, reason } of rows) {
    test(promise, () => {
      const decision = decide(standing([FILES], steps, subject), under(now, { outages: new Map(down.map((id) => [id, AT])) }));
      assert.equal(decision.state, state);
      assert.match(decision.reason ?? '', reason ?? /^$/);
    });
  }

  test('a case without any account in one target, but with one in another, is completed', () => {
    const boards: Standing = { ...LISTED, 'boards/remove-from-organization': DONE, 'boards/verify-removal': DONE };
    assert.equal(decide(standing([FILES, BOARDS], { 'files/resolve-account': ABSENT, ...boards }), under(AT)).state, 'completed');
  });

  test('an account that was not found makes everything else in its target pointless, and nothing in another', () => {
    const { skip, start } = decide(standing([FILES, BOARDS], { 'files/resolve-account': ABSENT }), under(AT));
    assert.ok(skip.length === 7 && skip.every(({ step }) => step.target === 'files'));
    assert.deepEqual(start.map(nameOf), ['boards/resolve-account']);
  });

  test('the same case at the same moment always gives the same answer', () => {
    const snapshot = standing([FILES, BOARDS], { ...CONTAINED, 'boards/resolve-account': POSTPONED });
    assert.deepEqual(decide(snapshot, under(AT)), decide(snapshot, under(AT)));
  });
});

suite('when a case is contained', () => {
  test('it is when the last step of containment ended', () => {
    const steps = {
      ...CONTAINED,
      'files/suspend': { ...DONE, finishedAt: later(5) },
      'files/revoke-sessions': { ...DONE, finishedAt: later(9) },
    };
    assert.deepEqual(decide(standing([FILES], steps), under(later(20))).containedAt, later(9));
  });

  test('it is not while a target is not contained', () => {
    assert.equal(decide(standing([FILES, BOARDS], { ...CONTAINED, 'boards/resolve-account': RUNNING }), under(AT)).containedAt, null);
  });

  test('nobody is called contained because nobody was found', () => {
    const steps = { 'files/resolve-account': ABSENT, 'files/suspend': SKIPPED, 'files/revoke-sessions': SKIPPED };
    assert.equal(decide(standing([FILES], steps), under(later(20))).containedAt, null);
  });

  test('nobody is called contained because a target said that it cannot, and a lock-out elsewhere keeps its time', () => {
    const told = { ...DONE, outcome: 'not-offered', finishedAt: later(9) } as const;
    const only = { ...CONTAINED, 'files/suspend': told, 'files/revoke-sessions': told };
    assert.equal(decide(standing([FILES], only), under(later(20))).containedAt, null);
    const besides = { ...CONTAINED, 'files/suspend': { ...DONE, finishedAt: later(5) }, 'files/revoke-sessions': told };
    assert.deepEqual(decide(standing([FILES], besides), under(later(20))).containedAt, later(5));
  });

  test('it stays what it was', () => {
    const earlier = standing([FILES], { 'files/resolve-account': POSTPONED }, { containedAt: later(-60) });
    assert.deepEqual(decide(earlier, under(AT)).containedAt, later(-60));
  });
});

suite('when a case is looked at again', () => {
  test('it is at the earliest moment at which something may start', () => {
    const steps = { 'files/resolve-account': POSTPONED, 'boards/resolve-account': { ...POSTPONED, nextAttemptAt: later(30) } };
    assert.deepEqual(decide(standing([FILES, BOARDS], steps), under(AT)).lookAgainAt, later(30));
  });

  test('it is at the end of the grace period while something waits for it', () => {
    const { state, lookAgainAt } = decide(standing([FILES], EMPTIED), under(later(1), { policy: { ...POLICY, graceSeconds: 60 } }));
    assert.deepEqual([state, lookAgainAt], ['waiting', later(60)]);
  });

  test('it is when an outage becomes a matter for a person', () => {
    const { lookAgainAt } = decide(standing([FILES], {}), under(later(590), { outages: new Map([['files', AT]]) }));
    assert.deepEqual(lookAgainAt, later(600));
  });

  test('it is half a minute later while a target is down, should nobody wake it', () => {
    const { lookAgainAt } = decide(standing([FILES], {}), under(later(10), { outages: new Map([['files', AT]]) }));
    assert.deepEqual(lookAgainAt, later(40));
    const lost = decide(standing([FILES], {}), under(later(700), { outages: new Map([['files', AT]]) }));
    assert.deepEqual([lost.state, lost.lookAgainAt], ['attention', later(730)]);
  });

  test('it is at the beginning of a case that is to begin later', () => {
    assert.deepEqual(decide(standing([FILES], {}, { startsAt: later(60) }), under(AT)).lookAgainAt, later(60));
  });

  test('it is never for a case that is held', () => {
    const held = standing([FILES], { 'files/resolve-account': POSTPONED }, { state: 'held', hold: 'they are back' });
    assert.equal(decide(held, under(AT)).lookAgainAt, null);
  });

  test('it is not while all that is left is under way', () => {
    assert.equal(decide(standing([FILES], { 'files/resolve-account': RUNNING }), under(AT)).lookAgainAt, null);
  });
});
