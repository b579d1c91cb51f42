import type { NewId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { EntryKind, NewEntry } from '../ledger/ledger.ts';
import type { Told } from '../outbound/outbound.ts';
import type { ActionError } from '../targets/target.ts';
import { type Case, isFinal, isOfPlan, type Snapshot, type Step } from './case.ts';
import type { CaseEvent } from './case-event.ts';
import type { Lane } from './decide.ts';
import type { Plannable } from './plan.ts';
import type { Policy } from './policy.ts';

/** How many more steps of each lane the asking worker can run; absent when the asker is not a worker. */
export interface Capacity {
  readonly workerId: string;
  readonly free: Readonly<Record<Lane, number>>;
}

/** A target that does not answer, and since when. */
export type Outages = ReadonlyMap<string, Date>;

export interface Surroundings {
  readonly now: Date;
  readonly targets: readonly Plannable[];
  /** Connections whose identity provider can confirm a departure. */
  readonly confirmers: readonly Plannable[];
  readonly policy: Policy;
  readonly newId: NewId;
  readonly random: () => number;
  readonly capacity: Capacity | null;
  /** Targets of which nothing is asked at present. */
  readonly outages: Outages;
}

/** Who has decided what nobody asked for. */
export const POLICY = 'policy';

/** A case while it changes: keeps what was touched and what is to be recorded. */
export class Draft {
  case: Case;
  readonly steps: Map<string, Step>;
  readonly touched = new Set<string>();
  readonly entries: NewEntry[] = [];
  readonly before: Snapshot;
  readonly around: Surroundings;
  /** Who decides: whoever asks for what happens, or else the rules of the case under the configured policy. */
  readonly by: string;
  /** What the attempt sent that has ended with the event. */
  readonly told: Told;

  constructor(before: Snapshot, event: CaseEvent, around: Surroundings) {
    this.before = before;
    this.around = around;
    this.by = 'by' in event ? event.by : POLICY;
    this.told = ('told' in event && event.told) || {};
    this.case = before.case;
    this.steps = new Map(before.steps.map((step) => [step.id, step]));
  }

  snapshot(): Snapshot {
    return { case: this.case, steps: [...this.steps.values()].sort((a, b) => a.position - b.position) };
  }

  put(step: Step): Step {
    this.steps.set(step.id, step);
    this.touched.add(step.id);
    return step;
  }

  /** Steps of the way that the case goes at present: out, or back. */
  present(): Step[] {
    return [...this.steps.values()].filter((step) => isOfPlan(step) === (this.case.undo === null));
  }

  /** Everything for which this case has steps planned: every target, and whoever must confirm. */
  plannable(): Plannable[] {
    const { targets, confirmers } = this.around;
    return [...targets, ...confirmers.filter(({ id }) => this.case.confirmBy.includes(id))];
  }

  record(kind: EntryKind, data: JsonObject, personal?: JsonObject): void {
    this.entries.push({ kind, caseId: this.case.id, data, ...(personal && { personal }) });
  }

  /** Records how an attempt of the step has ended, with every request that it made. */
  recordEnd(kind: EntryKind, step: Step, data: JsonObject, personal?: JsonObject): void {
    this.record(kind, { ...describe(step), epoch: step.epoch, attempt: step.attempts, ...data, ...this.told }, personal);
  }
}

/** Whether it is time to plan the way out. Not earlier: by then the configuration may have other targets. */
export function isUnplanned({ steps, case: { state, undo, startsAt }, around: { now } }: Draft): boolean {
  return steps.size === 0 && !isFinal(state) && undo === null && (startsAt === null || startsAt <= now);
}

/** The step as if it had never been tried, but for its counts. */
export function anew(step: Step): Step {
  return {
    ...step,
    state: 'pending',
    outcome: null,
    error: null,
    nextAttemptAt: null,
    scheduleAttempts: 0,
    scheduleStartedAt: null,
    scheduleWaitedMs: 0,
    finishedAt: null,
  };
}

export function describe(step: Step): { step: string; target: string; action: string; subject: string | null } {
  return { step: step.id, target: step.target, action: step.action, subject: step.subject };
}

export function codesOf(error: ActionError): JsonObject {
  return { code: error.code, status: error.status ?? null, targetCode: error.targetCode ?? null };
}
