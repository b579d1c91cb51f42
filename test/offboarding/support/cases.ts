import { type Case, CONFIRM_ACTION, type Snapshot, type Step } from '../../../src/offboarding/case.ts';
import { type Plannable, plan } from '../../../src/offboarding/plan.ts';
import type { Policy } from '../../../src/offboarding/policy.ts';
import type { Outages } from '../../../src/offboarding/transition.ts';
import type { Playbook } from '../../../src/targets/target.ts';

export const AT = new Date('2026-03-02T08:00:00.000Z');

/** The moment so many seconds after the test's beginning. */
export function later(seconds: number): Date {
  return new Date(AT.getTime() + seconds * 1_000);
}

export const POLICY: Policy = {
  graceSeconds: 0,
  protected: [],
  stepRetry: { minDelayMs: 1_000, maxDelayMs: 60_000, deadlineMs: 600_000 },
  transfersAtOnce: 2,
};

const BOTH: readonly Playbook[] = ['offboard', 'contain'];
const OFFBOARD: readonly Playbook[] = ['offboard'];

/** How effects are seen is nothing that decides. */
const SEEN = 'in a list';

/** A target with every phase: it can suspend, and what people own there is handed over one by one. */
export const FILES: Plannable = {
  id: 'files',
  actions: [
    { action: 'resolve-account', phase: 'resolve', after: [], playbooks: BOTH, observed: SEEN },
    { action: 'suspend', phase: 'contain', after: ['resolve-account'], playbooks: BOTH, observed: SEEN },
    { action: 'list-workspaces', phase: 'inventory', after: ['suspend'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'revoke-sessions', phase: 'contain', after: ['suspend'], playbooks: BOTH, observed: SEEN, lasting: 'sessions stay ended' },
    { action: 'delete-webhooks', phase: 'cleanup', after: ['suspend'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'transfer-workspace', phase: 'transfer', after: ['list-workspaces'], playbooks: OFFBOARD, observed: SEEN, perSubject: true },
    { action: 'remove-member', phase: 'remove', after: ['list-workspaces'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'verify-audit', phase: 'verify', after: ['remove-member'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'notify-successor', phase: 'notify', after: ['verify-audit'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'restore-status', phase: 'contain', after: [], playbooks: [], undoes: 'suspend', observed: SEEN },
    {
      action: 'return-workspace',
      phase: 'transfer',
      after: ['restore-status'],
      playbooks: [],
      undoes: 'transfer-workspace',
      perSubject: true,
      observed: SEEN,
    },
  ],
};

/** A target that offers nothing to lock somebody out but to remove them. */
export const BOARDS: Plannable = {
  id: 'boards',
  actions: [
    { action: 'resolve-account', phase: 'resolve', after: [], playbooks: BOTH, observed: SEEN },
    { action: 'list-boards', phase: 'inventory', after: ['resolve-account'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'transfer-board', phase: 'transfer', after: ['list-boards'], playbooks: OFFBOARD, observed: SEEN, perSubject: true },
    { action: 'remove-from-organization', phase: 'remove', after: ['list-boards'], playbooks: OFFBOARD, observed: SEEN },
    { action: 'verify-removal', phase: 'verify', after: ['remove-from-organization'], playbooks: OFFBOARD, observed: SEEN },
  ],
};

/** An identity provider that can be asked whether somebody has really left. */
export const DIRECTORY: Plannable = {
  id: 'idp',
  actions: [{ action: CONFIRM_ACTION, phase: 'inventory', after: [], playbooks: OFFBOARD, observed: SEEN }],
};

/** Nothing is down. */
export const NO_OUTAGES: Outages = new Map();

export function countingIds(prefix = 'step'): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}

export function aCase(changes: Partial<Case> = {}): Case {
  return {
    id: 'case-1',
    personId: 'person-1',
    playbook: 'offboard',
    state: 'running',
    reason: null,
    hold: null,
    undo: null,
    undoneAt: null,
    startsAt: null,
    handOverAt: null,
    confirmBy: [],
    openedAt: AT,
    containedAt: null,
    completedAt: null,
    lookAgainAt: null,
    follows: null,
    ...changes,
  };
}

/** How a step stands, by `target/action` or `target/action subject`. */
export type Standing = Readonly<Record<string, Partial<Step>>>;

export const DONE: Partial<Step> = { state: 'done', outcome: 'verified', finishedAt: AT, attempts: 1, epoch: 1 };
export const ABSENT: Partial<Step> = { ...DONE, outcome: 'already-absent' };
export const RUNNING: Partial<Step> = { state: 'running', attempts: 1, epoch: 1, workerId: 'worker-1', workerAlive: true, startedAt: AT };
export const SKIPPED: Partial<Step> = { state: 'skipped', finishedAt: AT };
const ERROR = { code: 'target-unavailable', message: 'files: it does not answer.' } as const;
export const FAILED: Partial<Step> = { state: 'failed', attempts: 3, epoch: 3, finishedAt: AT, error: ERROR };
export const POSTPONED: Partial<Step> = {
  state: 'pending',
  attempts: 1,
  epoch: 1,
  scheduleAttempts: 1,
  scheduleStartedAt: AT,
  scheduleWaitedMs: 60_000,
  nextAttemptAt: later(60),
  error: ERROR,
};

/** A planned case whose steps stand as told; what is not told is pending. A name that no planned step has adds a step a subject. */
export function standing(
  targets: readonly Plannable[],
  steps: Standing,
  subject: Partial<Case> = {},
): Snapshot & { readonly step: (name: string) => Step } {
  const theCase = aCase(subject);
  const planned = plan(targets, theCase.playbook, countingIds());
  const names = new Set(planned.map(nameOf));
  const extra = Object.keys(steps).flatMap((name) => (names.has(name) ? [] : [perSubject(targets, name)]));
  const all = [...planned, ...extra].map((step) => ({ ...step, ...steps[nameOf(step)] })).sort((a, b) => a.position - b.position);
  return { case: theCase, steps: all, step: (name) => stepOf(all, name) };
}

export function nameOf(step: Pick<Step, 'target' | 'action' | 'subject'>): string {
  return step.subject === null ? `${step.target}/${step.action}` : `${step.target}/${step.action} ${step.subject}`;
}

export function stepOf(steps: readonly Step[], name: string): Step {
  const found = steps.find((step) => nameOf(step) === name);
  if (!found) {
    throw new Error(`There is no step ${name} among ${steps.map(nameOf).join(', ')}`);
  }
  return found;
}

function perSubject(targets: readonly Plannable[], name: string): Step {
  const [, targetId = '', action = '', subject = null] = /^([^/]+)\/(\S+)(?: (.+))?$/.exec(name) ?? [];
  const target = targets.find(({ id }) => id === targetId);
  const index = target?.actions.findIndex((definition) => definition.action === action) ?? -1;
  const definition = target?.actions[index];
  const first =
    definition && plan([{ id: targetId, actions: [{ ...definition, playbooks: OFFBOARD, perSubject: false }] }], 'offboard', () => name)[0];
  if (!first) {
    throw new Error(`No target has the action of ${name}`);
  }
  return { ...first, subject, position: targets.findIndex(({ id }) => id === targetId) * 1_000_000 + index * 10_000 };
}
