import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaseAnswer } from '../../src/cli/answers.ts';
import { TAKEN_OUT } from '../../src/cli/demo/channel.ts';
import { type Findings, judge, targetTime } from '../../src/cli/demo/judge.ts';
import type { Holdings } from '../../src/cli/demo/people.ts';
import type { Verdict } from '../../src/ledger/verify.ts';
import type { RequestRecord } from '../../src/sandbox/fastio/fastio.ts';

function request(seq: number, call: RequestRecord['call'], tookMs: number): RequestRecord {
  const nobody = { userId: null, workspaceId: null, webhookId: null, email: null, idempotencyKey: null };
  return { ...nobody, seq, at: new Date(0), call, method: 'GET', path: '/', status: 200, tookMs, effect: false };
}

const REQUESTS = [
  request(1, 'resolve', 50),
  request(2, 'suspend', 60),
  request(3, 'deleteTokens', 40),
  request(4, 'revokeSessions', 70),
  request(5, 'resolve', 500),
];

const FLASHBACK: Holdings['flashback'] = { isThere: true, roles: { Models: 'ADMIN', Data: 'READ' } };
const HOLDINGS: Holdings = {
  ...{ member: true, sessions: 1, locks: 0, tokens: 1, webhooks: 1, workspaces: 2, status: 'active' },
  flashback: FLASHBACK,
};
const NOTHING: Holdings = {
  ...{ member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0, status: 'suspended' },
  flashback: { isThere: false, roles: {} },
};
const SUCCESSOR: Holdings = { ...HOLDINGS, flashback: { isThere: true, roles: { Models: 'READ', Own: 'WRITE' } } };
const SUCCEEDED: Holdings = { ...SUCCESSOR, workspaces: 4, flashback: { isThere: true, roles: { Models: 'ADMIN', Own: 'WRITE' } } };

const SUBJECT = {
  state: 'completed',
  reason: null,
  successor: { email: 'amara@example.com', source: 'manager', accountId: 'a' },
  containedAt: '1970-01-01T00:00:01.200Z',
  steps: [{ state: 'done', outcome: 'verified' }],
} as unknown as CaseAnswer;
const SCENE: Findings['scene'] = { sentAt: 1_000, case: SUBJECT };
const LOCKED_OUT: Holdings = { ...HOLDINGS, status: 'suspended', sessions: 0, tokens: 0 };
const SIGNAL: Findings['signals'][number] = { channel: 'scim', kind: 'scim.user.deactivated', caseId: 'c', verifiedBy: 'scim.tokens[0]' };

const GOOD = {
  expects: { ...TAKEN_OUT, channel: 'scim' },
  scene: SCENE,
  signals: [SIGNAL],
  contractor: { scene: SCENE, before: HOLDINGS, after: LOCKED_OUT },
  leaver: { before: HOLDINGS, after: NOTHING },
  successor: { name: 'Amara', before: SUCCESSOR, after: SUCCEEDED },
  mails: ['You now own what Jordan had'],
  bystanders: { before: [HOLDINGS], after: [{ ...HOLDINGS }] },
  requests: REQUESTS,
  violations: [],
  flashback: { calls: 9, violations: [] },
  evidence: { ok: true, kid: 'k', entries: 3 } as Verdict,
} satisfies Findings;

/** A channel by which people are only locked out. */
const LOCK_OUT: Findings = { ...GOOD, expects: { ...GOOD.expects, ending: 'locked-out' }, leaver: { before: HOLDINGS, after: LOCKED_OUT } };

function failuresOf(findings: Findings): string[] {
  return judge(findings).flatMap(({ name, ok }) => (ok ? [] : [name]));
}

function withCase(change: Partial<CaseAnswer>): Findings {
  return { ...GOOD, scene: { ...SCENE, case: { ...SUBJECT, ...change } } };
}

test('the demo is content when everything is as it should be, and says how much of the time to the lock-out was its own', () => {
  assert.deepEqual(failuresOf(GOOD), []);
  const lockOut = judge(GOOD).find(({ name }) => name === 'locked out');
  assert.equal(lockOut?.found, '200 ms after the message: Fastio itself took 180 ms, Leaver 20 ms (aim: 50 ms)');
});

test('a machine that is too busy for the aim is told so, and fails nothing', () => {
  const busy = withCase({ containedAt: '1970-01-01T00:00:01.300Z' });
  assert.deepEqual(failuresOf(busy), []);
  assert.match(judge(busy).find(({ name }) => name === 'locked out')?.found ?? '', /Leaver 120 ms \(aim: 50 ms, missed here\)$/);
});

/** A channel that can be asked, and was: before the transfer, or after it had begun. */
function withConfirmation(confirmedAt: string, outcome: string | null = 'verified'): Findings {
  const steps = [
    {
      action: 'confirm-departure',
      phase: 'inventory',
      target: 'okta',
      state: 'done',
      outcome,
      finishedAt: confirmedAt,
      facts: { detail: 'gone' },
    },
    { action: 'transfer-workspace', phase: 'transfer', state: 'done', outcome: 'verified', startedAt: '1970-01-01T00:00:01.500Z' },
  ];
  return { ...withCase({ steps: steps as unknown as CaseAnswer['steps'] }), expects: { ...GOOD.expects, confirmed: true } };
}

test('a departure that was confirmed before anything was hard to reverse is told so', () => {
  const findings = withConfirmation('1970-01-01T00:00:01.400Z');
  assert.deepEqual(failuresOf(findings), []);
  assert.match(judge(findings).find(({ name }) => name === 'confirmed')?.found ?? '', /^okta itself says so \(gone\)/);
});

test('where people are only locked out, nothing is to be handed over, and all else is theirs still', () => {
  assert.deepEqual(failuresOf(LOCK_OUT), []);
  const names = judge({ ...LOCK_OUT, contractor: null }).map(({ name }) => name);
  assert.deepEqual(names, [
    'heard',
    'outcomes',
    'locked out',
    'nothing more',
    'bystanders',
    "Fastio's rules",
    "Flashback's rules",
    'evidence',
  ]);
});

const SABOTAGES: readonly [promise: string, findings: Findings, failed: string][] = [
  ['a case that came over another channel', { ...GOOD, signals: [{ ...SIGNAL, channel: 'okta-event-hook' }] }, 'heard'],
  ['a case that came over two channels', { ...GOOD, signals: [SIGNAL, { ...SIGNAL, channel: 'entra-graph' }] }, 'heard'],
  ['a departure that nobody confirmed', { ...GOOD, expects: { ...GOOD.expects, confirmed: true } }, 'confirmed'],
  ['a confirmation that came too late', withConfirmation('1970-01-01T00:00:01.600Z'), 'confirmed'],
  ['a person who was only to be locked out and lost more', { ...LOCK_OUT, leaver: GOOD.leaver }, 'nothing more'],
  ['a case that did not complete', withCase({ state: 'attention' }), 'outcomes'],
  ['a step without an outcome', withCase({ steps: [{ state: 'skipped', outcome: null }] as unknown as CaseAnswer['steps'] }), 'outcomes'],
  ['a person who was never locked out', withCase({ containedAt: null }), 'locked out'],
  ['a lock-out that waited for nothing', withCase({ containedAt: '1970-01-01T00:00:05.000Z' }), 'locked out'],
  ['a workspace that stayed behind', { ...GOOD, successor: { ...GOOD.successor, after: { ...SUCCEEDED, workspaces: 3 } } }, 'handed over'],
  ['a successor who lost something', { ...GOOD, successor: { ...GOOD.successor, after: { ...SUCCEEDED, tokens: 0 } } }, 'handed over'],
  [
    'a workspace of Flashback without an ADMIN',
    { ...GOOD, successor: { ...GOOD.successor, after: { ...SUCCEEDED, flashback: SUCCESSOR.flashback } } },
    'handed over',
  ],
  [
    'a successor who lost a role in Flashback',
    { ...GOOD, successor: { ...GOOD.successor, after: { ...SUCCEEDED, flashback: { isThere: true, roles: { Models: 'ADMIN' } } } } },
    'handed over',
  ],
  [
    'a workspace of Flashback that the leaver is still in',
    { ...GOOD, leaver: { before: HOLDINGS, after: { ...NOTHING, flashback: { isThere: false, roles: { Data: 'READ' } } } } },
    'nothing left',
  ],
  [
    'an account in Flashback that is still there',
    { ...GOOD, leaver: { before: HOLDINGS, after: { ...NOTHING, flashback: { isThere: true, roles: {} } } } },
    'nothing left',
  ],
  [
    'a bystander who lost a role in Flashback',
    { ...GOOD, bystanders: { before: [HOLDINGS], after: [{ ...HOLDINGS, flashback: { isThere: true, roles: {} } }] } },
    'bystanders',
  ],
  ['a rule of Flashback that was broken', { ...GOOD, flashback: { calls: 9, violations: ['self-removal'] } }, "Flashback's rules"],
  ['a successor who was not told', { ...GOOD, mails: [] }, 'told'],
  ['a token of the leaver that is left', { ...GOOD, leaver: { before: HOLDINGS, after: { ...NOTHING, tokens: 1 } } }, 'nothing left'],
  ['a contractor who lost more than access', { ...GOOD, contractor: { ...GOOD.contractor, after: NOTHING } }, 'contractor'],
  ['a bystander who was touched', { ...GOOD, bystanders: { before: [HOLDINGS], after: [{ ...HOLDINGS, sessions: 0 }] } }, 'bystanders'],
  ['a rule of Fastio that was broken', { ...GOOD, violations: ['twice: user.deleted 1'] }, "Fastio's rules"],
  ['evidence that does not verify', { ...GOOD, evidence: { ok: false, problem: 'the signature does not hold' } }, 'evidence'],
];

for (const [promise, findings, failed] of SABOTAGES) {
  test(`the demo fails for ${promise}`, () => {
    assert.deepEqual(failuresOf(findings), [failed]);
  });
}

test('what Fastio itself took is the look-ups before the suspension, the suspension, and the slower revocation', () => {
  assert.equal(targetTime(REQUESTS), 180);
  assert.equal(targetTime([request(0, 'resolve', 25), ...REQUESTS]), 205);
  assert.equal(targetTime(REQUESTS.slice(0, 3)), null);
});
