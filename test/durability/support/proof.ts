import assert from 'node:assert/strict';
import type { Entry } from '../../../src/ledger/ledger.ts';
import { verifyEvidence } from '../../../src/ledger/verify.ts';
import type { CallName, Effect, EffectKind, FastioSandbox } from '../../../src/sandbox/fastio/fastio.ts';
import type { operatorOf } from '../../support/service.ts';
import type { Leaver } from './leavers.ts';

/** What must have happened to a leaver, each once. */
const EFFECTS: readonly EffectKind[] = [
  'user.suspended',
  'sessions.revoked',
  'tokens.deleted',
  'webhook.deleted',
  'workspace.transferred',
  'workspace.transferred',
  'user.deleted',
];
/** What comes before what, whatever came in between. */
const ORDER: readonly (readonly [EffectKind, EffectKind])[] = [
  ...EFFECTS.slice(1).map((later) => ['user.suspended', later] as const),
  ['sessions.revoked', 'workspace.transferred'],
  ['tokens.deleted', 'workspace.transferred'],
  ...EFFECTS.slice(0, -1).map((earlier) => [earlier, 'user.deleted'] as const),
];

/** The calls that must not be made again once they have had their effect: it is looked for first. */
const ONCE: Partial<Record<EffectKind, CallName>> = {
  'user.suspended': 'suspend',
  'workspace.transferred': 'transfer',
  'user.deleted': 'remove',
};

/** Nothing is left of the person, and each effect happened once, in order. */
export function assertOutOnce(fastio: FastioSandbox, { email, userId }: Leaver): void {
  const nothing = { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 };
  assert.deepEqual(fastio.leftovers(userId), nothing, email);
  const effects = fastio.effects.filter((effect) => effect.userId === userId);
  const kinds = effects.map(({ kind }) => kind);
  assert.deepEqual([...kinds].sort(), [...EFFECTS].sort(), `${email}: each effect once`);
  for (const [earlier, later] of ORDER) {
    assert.ok(kinds.lastIndexOf(earlier) < kinds.indexOf(later), `${email}: ${earlier} before ${later}: ${kinds}`);
  }
  assert.deepEqual(
    effects.filter((effect) => wasAskedForAgain(fastio, effect)),
    [],
    `${email}: what has happened is seen, and not asked for again`,
  );
}

function wasAskedForAgain({ requests }: FastioSandbox, { kind, seq, userId, workspaceId }: Effect): boolean {
  const again = requests.filter((request) => request.call === ONCE[kind] && request.seq > seq);
  return again.some((request) => (workspaceId === undefined ? request.userId === userId : request.workspaceId === workspaceId));
}

/** Fetches the evidence of a case, verifies it, and gives what the ledger has of the case, in its order. */
export async function provenEntries({ call }: Pick<ReturnType<typeof operatorOf>, 'call'>, caseId: string): Promise<Entry[]> {
  const { body } = await call('GET', `/v1/cases/${caseId}/evidence`);
  const verdict = await verifyEvidence(JSON.stringify(body));
  assert.ok(verdict.ok, JSON.stringify(verdict));
  return verdict.payload.entries.map(({ entry }) => entry);
}

const ENDINGS: readonly string[] = ['step.finished', 'step.postponed', 'step.failed', 'step.skipped', 'step.released'];

/**
 * At most one writer: the epochs of each step rise with every start, an attempt ends once and before the next one begins, and nothing is recorded
 * for an attempt that is not the present one.
 */
export function assertEpochs(entries: readonly Entry[]): void {
  const running = new Map<string, number | null>();
  const last = new Map<string, number>();
  for (const { kind, data } of entries) {
    const step = String(data['step']);
    const epoch = typeof data['epoch'] === 'number' ? data['epoch'] : null;
    const what = `${kind} of ${data['target']}/${data['action']}, epoch ${epoch}`;
    if (kind === 'step.started') {
      assert.ok(epoch !== null && epoch > (last.get(step) ?? 0), `${what}: the epoch has risen`);
      assert.equal(running.get(step) ?? null, null, `${what}: the attempt before it has ended`);
      running.set(step, epoch);
      last.set(step, epoch);
    } else if (ENDINGS.includes(kind)) {
      assert.ok(epoch === null || running.get(step) === epoch, `${what}: it is the present attempt that ends`);
      running.set(step, null);
    }
  }
  assert.deepEqual(
    [...running].filter(([, epoch]) => epoch !== null),
    [],
    'every attempt has ended',
  );
}
