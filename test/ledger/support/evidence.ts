import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { EvidenceBundle } from '../../../src/ledger/bundle.ts';
import { type EvidenceSubject, exportEvidence } from '../../../src/ledger/evidence.ts';
import { commitTo, type NewEntry } from '../../../src/ledger/ledger.ts';
import { openSigner, type Signer } from '../../../src/ledger/signer.ts';
import { temporaryFolder } from '../../support/service.ts';
import { append, numbered, type OpenLedger, openLedger } from './ledger.ts';

const SALT = 'c0'.repeat(32);
const EMAIL = 'leaver@acme.example';

export interface Recorded extends OpenLedger {
  readonly signer: Signer;
  readonly subject: EvidenceSubject;
  readonly bundle: EvidenceBundle;
}

/** A case of three steps, of which two are done, recorded among the entries of other cases, and its evidence. */
export async function recordCase(t: TestContext): Promise<Recorded> {
  const opened = await openLedger(t);
  const signer = await openSigner({ dataDir: await temporaryFolder(t), db: opened.db });
  const id = randomUUID();
  const steps = ['resolve-account', 'suspend', 'remove-member'].map((action) => ({
    id: randomUUID(),
    target: 'files',
    action,
    subject: null,
  }));
  const [resolve, suspend, remove] = steps.map((step) => ({ step: step.id, target: step.target, action: step.action, subject: null }));
  const of = (kind: NewEntry['kind'], data: NewEntry['data'], personal?: NewEntry['personal']): NewEntry => ({
    kind,
    caseId: id,
    data,
    personal,
  });
  await append(opened, numbered(1), numbered(2, randomUUID()));
  await append(
    opened,
    of('case.opened', {
      person: commitTo(SALT, EMAIL),
      playbook: 'offboard',
      by: 'okta-main',
      state: 'running',
      held: false,
      follows: null,
    }),
    of('signal.recorded', { connection: 'okta-main', disposition: 'accepted', occurredAt: null }, { id: '00u1', name: 'Lea Ver' }),
  );
  await append(opened, numbered(3), of('plan.made', { steps: steps.map((step) => ({ step: step.id })) }), numbered(4));
  await append(opened, of('step.started', { ...resolve, epoch: 1 }), numbered(5));
  await append(
    opened,
    of('step.finished', { ...resolve, epoch: 1, outcome: 'verified', facts: { userId: 'u1', workspaces: 2, owner: true } }),
  );
  await append(opened, of('step.finished', { ...suspend, epoch: 1, outcome: 'acknowledged', facts: { odd: [1, null, { deep: 0.5 }] } }));
  await append(
    opened,
    of('step.failed', { ...remove, epoch: 3, code: 'target-refused', status: 403 }),
    of('case.state', { from: 'running', to: 'attention' }),
  );
  await append(opened, numbered(6), numbered(7, randomUUID()));
  const subject: EvidenceSubject = {
    case: {
      id,
      state: 'attention',
      reason: 'files: it refuses',
      openedAt: '2026-03-02T08:00:00.000Z',
      completedAt: null,
      successor: { email: null, accountId: 'u2' },
      signals: [],
      steps: [
        { ...steps[0], state: 'done', outcome: 'verified', attempts: 1, error: null, facts: { userId: 'u1', email: EMAIL } },
        { ...steps[1], state: 'done', outcome: 'acknowledged', attempts: 1, error: null, facts: {} },
        {
          ...steps[2],
          state: 'failed',
          outcome: null,
          attempts: 3,
          error: { code: 'target-refused', message: 'no', status: 403 },
          facts: {},
        },
      ],
    },
    person: { email: EMAIL, name: 'Lea Ver', salt: SALT },
  };
  return { ...opened, signer, subject, bundle: await exported({ ...opened, signer }, subject) };
}

/** The shortest case that has a bit of everything. */
export async function recordShortCase(t: TestContext): Promise<Recorded> {
  const opened = await openLedger(t);
  const signer = await openSigner({ dataDir: await temporaryFolder(t), db: opened.db });
  const id = randomUUID();
  const step = randomUUID();
  await append(opened, { kind: 'case.opened', caseId: id, data: { person: commitTo(SALT, EMAIL), state: 'running' } }, numbered(1), {
    kind: 'step.finished',
    caseId: id,
    data: { step, outcome: 'verified', status: 204 },
    personal: { account: 'u1' },
  });
  const subject: EvidenceSubject = {
    case: { id, state: 'running', steps: [{ id: step, state: 'done', outcome: 'verified' }] },
    person: { email: EMAIL, name: 'Lea Ver', salt: SALT },
  };
  return { ...opened, signer, subject, bundle: await exported({ ...opened, signer }, subject) };
}

export async function exported(
  needs: OpenLedger & { readonly signer: Signer },
  subject: EvidenceSubject,
  from: number | null = null,
): Promise<EvidenceBundle> {
  const bundle = await exportEvidence(needs, async () => subject, from);
  if (!bundle) {
    throw new Error('There is no such case');
  }
  return bundle;
}
