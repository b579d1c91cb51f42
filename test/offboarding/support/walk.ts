import { type Case, isFinal, type Snapshot, type Step } from '../../../src/offboarding/case.ts';
import { laneOf } from '../../../src/offboarding/decide.ts';
import type { Policy } from '../../../src/offboarding/policy.ts';
import { stateOf } from '../../../src/offboarding/store.ts';
import { type CaseEvent, type Transition, transition } from '../../../src/offboarding/transition.ts';
import type { ActionResult, Playbook } from '../../../src/targets/target.ts';
import { AT, aCase, BOARDS, countingIds, DIRECTORY, FILES } from './cases.ts';
import { checkTransition, type History } from './rules.ts';

export const TARGETS = [FILES, BOARDS];
/** How much one worker of the walk can run side by side. */
const SIZE = { contain: 2, bulk: 3 };
const SUBJECTS = ['a', 'b', 'c'] as const;

/** Something that happens; numbers choose among what there is at that moment. */
export type Happening =
  | { readonly type: 'look' | 'die' | 'release' | 'outage' | 'retry' | 'approve' | 'hold' | 'cancel' | 'reverse'; readonly pick: number }
  | { readonly type: 'depart'; readonly playbook: Playbook; readonly inSeconds: number | null; readonly confirmBy: readonly string[] }
  | { readonly type: 'report'; readonly pick: number; readonly how: How; readonly subjects: number }
  | { readonly type: 'time'; readonly seconds: number };

/** How an attempt ends; an action that cannot end so ends well. */
export type How = 'well' | 'later' | 'much-later' | 'down' | 'refused' | 'absent' | 'not-needed' | 'more-first' | 'ask-first';

/** How a case begins. */
export type Beginning = Pick<Case, 'playbook'> & Partial<Pick<Case, 'hold' | 'startsAt' | 'confirmBy'>>;

const DOWN = { code: 'target-unavailable', message: 'it does not answer.' } as const;

/** A case that things happen to, with two workers that claim its steps, die, and come back with results nobody waits for any more. */
export class Walk {
  snapshot: Snapshot;
  now = AT;
  readonly policy: Policy;
  /** Targets that are down, and since when. */
  readonly outages = new Map<string, Date>();
  /** Every move that was made: from, event, to; `refused` where the event changed nothing. */
  readonly moves: string[] = [];
  readonly history: History = { ended: new Set(), containedAt: new Map() };
  readonly #newId = countingIds();
  readonly #newWorker = countingIds('worker');
  readonly #workers = [this.#newWorker(), this.#newWorker()];
  /** Attempts whose worker has not reported yet, those of dead workers included. */
  readonly #attempts: Step[] = [];

  constructor(policy: Policy, { playbook, hold = null, startsAt = null, confirmBy = [] }: Beginning) {
    this.policy = policy;
    this.snapshot = {
      case: aCase({ playbook, hold, startsAt, confirmBy, state: stateOf({ hold, startsAt }, this.now), reason: hold }),
      steps: [],
    };
  }

  happen(happening: Happening): void {
    switch (happening.type) {
      case 'time':
        this.now = new Date(this.now.getTime() + happening.seconds * 1_000);
        return;
      case 'look':
        this.#apply({ type: 'wake' }, this.#worker(happening.pick));
        return;
      case 'die':
        this.#die(happening.pick);
        return;
      case 'report':
        this.#report(happening.pick, happening.how, happening.subjects);
        return;
      case 'release':
        this.#release(happening.pick);
        return;
      case 'outage':
        this.#toggleOutage(happening.pick);
        return;
      case 'depart': {
        const startsAt = happening.inSeconds === null ? null : new Date(this.now.getTime() + happening.inSeconds * 1_000);
        this.#apply({ type: 'depart', by: 'okta-main', playbook: happening.playbook, startsAt, confirmBy: happening.confirmBy }, null);
        return;
      }
      default:
        this.#apply({ type: happening.type, by: 'it-desk', reason: 'because' }, null);
    }
  }

  /** From now on operators say yes, workers live, time passes, and every target that is not `down` answers well. */
  calmDown(down?: string): void {
    this.outages.clear();
    for (let round = 0; round < 120 && !isFinal(this.snapshot.case.state); round += 1) {
      this.happen({ type: 'approve', pick: 0 });
      this.happen({ type: 'retry', pick: 0 });
      this.happen({ type: 'look', pick: round });
      for (let reports = 0; this.#attempts.length > 0 && reports < 50; reports += 1) {
        this.#report(0, this.#attempts[0]?.target === down ? 'later' : 'well', 0);
      }
      this.happen({ type: 'time', seconds: 30 });
    }
  }

  #toggleOutage(pick: number): void {
    const target = TARGETS[pick % TARGETS.length]?.id ?? '';
    if (!this.outages.delete(target)) {
      this.outages.set(target, this.now);
    }
  }

  #worker(pick: number): string {
    return this.#workers[pick % this.#workers.length] ?? '';
  }

  #die(pick: number): void {
    const dead = this.#worker(pick);
    this.#workers[pick % this.#workers.length] = this.#newWorker();
    const steps = this.snapshot.steps.map((step) => (step.workerId === dead ? { ...step, workerAlive: false } : step));
    this.snapshot = { case: this.snapshot.case, steps };
  }

  #report(pick: number, how: How, subjects: number): void {
    const [step] = this.#attempts.splice(pick % Math.max(this.#attempts.length, 1), 1);
    if (step) {
      this.#apply({ type: 'result', stepId: step.id, epoch: step.epoch, result: resultOf(step, how, subjects) }, step.workerId);
    }
  }

  /** A worker that stops hands a step over; its attempt may report all the same. */
  #release(pick: number): void {
    const index = pick % Math.max(this.#attempts.length, 1);
    const [step] = pick % 2 === 0 ? this.#attempts.splice(index, 1) : this.#attempts.slice(index);
    if (step) {
      this.#apply({ type: 'released', stepId: step.id, epoch: step.epoch }, null);
    }
  }

  #apply(event: CaseEvent, workerId: string | null): void {
    const living = workerId !== null && this.#workers.includes(workerId) ? { workerId, free: this.#freeOf(workerId) } : null;
    const around = {
      now: this.now,
      targets: TARGETS,
      policy: this.policy,
      newId: this.#newId,
      random: () => 0.5,
      capacity: living,
      outages: this.outages,
      confirmers: [DIRECTORY],
    };
    const change: Transition = transition(this.snapshot, event, around);
    checkTransition(change, event, around, this.history);
    const to = change.refused === null ? change.after.case.state : 'refused';
    this.moves.push(`${change.before.case.state} ${event.type} ${to}`);
    this.snapshot = change.after;
    this.#attempts.push(...change.claimed);
  }

  #freeOf(workerId: string): typeof SIZE {
    const own = this.#attempts.filter((step) => step.workerId === workerId).map(laneOf);
    return {
      contain: SIZE.contain - own.filter((lane) => lane === 'contain').length,
      bulk: SIZE.bulk - own.filter((lane) => lane === 'bulk').length,
    };
  }
}

function resultOf({ phase, target }: Step, how: How, subjects: number): ActionResult {
  const action = target === 'files' ? 'transfer-workspace' : 'transfer-board';
  const followUps = SUBJECTS.flatMap((subject, index) => (subjects & (1 << index) ? [{ action, subject }] : []));
  switch (how) {
    case 'down':
      return { kind: 'retry-later', error: DOWN, targetDown: true };
    case 'ask-first':
      if (phase !== 'resolve' && target !== DIRECTORY.id) {
        return { kind: 'done', outcome: 'verified', ...(phase === 'inventory' && target !== DIRECTORY.id && { followUps }) };
      }
      return { kind: 'ask-first', reason: 'this is the account that Leaver works with' };
    case 'later':
      return { kind: 'retry-later', error: DOWN };
    case 'much-later':
      return { kind: 'retry-later', error: DOWN, afterMs: 120_000 };
    case 'refused':
      return { kind: 'refused', error: DOWN };
    case 'absent':
      return phase === 'resolve' ? { kind: 'account-absent' } : { kind: 'done', outcome: 'already-absent' };
    case 'not-needed':
      return phase === 'resolve' ? { kind: 'done', outcome: 'verified' } : { kind: 'not-needed', reason: 'nothing there' };
    case 'more-first':
      return phase === 'remove'
        ? { kind: 'more-first', followUps, reason: 'more appeared' }
        : { kind: 'done', outcome: 'verified', ...(phase === 'inventory' && target !== DIRECTORY.id && { followUps }) };
    case 'well':
      return { kind: 'done', outcome: 'verified', ...(phase === 'inventory' && target !== DIRECTORY.id && { followUps }) };
  }
}
