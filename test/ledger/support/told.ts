import type { JsonObject } from '../../../src/kernel/json.ts';
import type { EntryKind } from '../../../src/ledger/ledger.ts';
import type { Proof } from '../../../src/ledger/summary/page.ts';
import type { Told } from '../../../src/ledger/summary/story.ts';

export const CASE_ID = '7150924b-507c-4445-8124-b2cb73061abe';
export const PROOF: Proof = {
  payloadSha256: 'aa'.repeat(32),
  kid: 'key-of-the-tests',
  head: { entries: 40, root: 'bb'.repeat(32) },
};

type Happened = readonly [at: string, kind: EntryKind, data: JsonObject, personal?: JsonObject];

const REQUEST = { method: 'PUT', host: 'files.example', path: '/users/{person}/status', status: 200, outcome: 'answered', tookMs: 12 };
const SUSPEND = { step: 's2', target: 'files', action: 'suspend', subject: null, attempt: 1 };

const HAPPENED: readonly Happened[] = [
  [
    '08:00:00.000',
    'case.opened',
    { by: 'okta-main', playbook: 'offboard', reason: 'user.lifecycle.deactivate', hold: 'they are protected' },
  ],
  [
    '08:00:00.000',
    'signal.recorded',
    {
      connection: 'okta-main',
      channel: 'okta-event-hook',
      kind: 'user.lifecycle.deactivate',
      disposition: 'accepted',
      verifiedBy: 'eventHook.secrets[1]',
      bodySha256: 'cc'.repeat(32),
      match: { rule: 'id', doubt: null },
    },
    { id: '00u1', email: 'ada@acme.example' },
  ],
  ['08:00:01.000', 'case.approved', { by: 'it-desk', reason: 'HR confirms' }],
  ['08:00:01.200', 'step.started', SUSPEND],
  [
    '08:00:01.500',
    'step.finished',
    {
      ...SUSPEND,
      outcome: 'verified',
      facts: { statusBefore: 'active' },
      requests: [
        { ...REQUEST, status: 503, outcome: 'broken' },
        { ...REQUEST, query: ['notify'], requestId: 'req-1' },
      ],
      requestsLeftOut: 3,
    },
  ],
  ['08:00:01.500', 'case.contained', {}],
  [
    '08:00:02.000',
    'case.state',
    {
      from: 'running',
      to: 'attention',
      by: 'policy',
      residual: [{ target: 'boards', of: 'tokens', note: 'Keys belong to nobody: replace them.' }],
    },
  ],
];

const STEPS = [
  { id: 's1', phase: 'resolve', action: 'resolve-account', outcome: 'verified' },
  { id: 's2', phase: 'contain', action: 'suspend', outcome: 'verified', finishedAt: '2026-03-02T08:00:01.500Z' },
  { id: 's3', phase: 'contain', action: 'revoke-sessions', outcome: 'acknowledged' },
  { id: 's4', phase: 'cleanup', action: 'delete-webhooks', outcome: 'already-absent' },
  { id: 's5', phase: 'cleanup', action: 'delete-keys', outcome: 'not-offered' },
  {
    id: 's6',
    phase: 'remove',
    action: 'remove-member',
    state: 'failed',
    error: { message: 'files: it refuses; give the scope, then retry.' },
  },
  { id: 's7', phase: 'notify', action: 'notify-successor', state: 'skipped' },
  { id: 's8', phase: 'verify', action: 'verify-audit', state: 'pending' },
].map((step) => ({ state: 'done', outcome: null, target: 'files', subject: null, attempts: 1, ...step }));

/** A case with a step of each grade, a person's approval and residual access, as a bundle tells of it. */
export function aTold(
  changes: { readonly case?: JsonObject; readonly person?: Told['person']; readonly happened?: readonly Happened[] } = {},
): Told {
  const happened = [...HAPPENED, ...(changes.happened ?? [])];
  return {
    madeAt: '2026-03-02T09:00:00.000Z',
    person: changes.person === undefined ? { email: 'ada@acme.example', name: 'Ada Lovelace' } : changes.person,
    case: {
      id: CASE_ID,
      state: 'attention',
      playbook: 'offboard',
      openedAt: '2026-03-02T08:00:00.000Z',
      openedBy: 'okta-main',
      containedAt: '2026-03-02T08:00:01.500Z',
      completedAt: null,
      successor: { email: 'grace@acme.example', accountId: 'u2', source: 'manager' },
      steps: STEPS,
      ...changes.case,
    },
    entries: happened.map(([at, kind, data, personal], index) => ({
      seq: 10 + index,
      entry: { v: 2, at: `2026-03-02T${at}Z`, kind, caseId: CASE_ID, data, personal: null },
      personal: personal ? { data: personal } : null,
    })),
  };
}
