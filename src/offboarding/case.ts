import type { JsonObject } from '../kernel/json.ts';
import type { ActionError, Outcome, Phase, Playbook } from '../targets/target.ts';

export const CASE_STATES = ['held', 'running', 'waiting', 'attention', 'completed', 'cancelled', 'reversed'] as const;
export type CaseState = (typeof CASE_STATES)[number];

export const STEP_STATES = ['pending', 'running', 'done', 'failed', 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** What takes a case back: `cancel` before anything was handed over, `reverse` after that and before the removal. */
export const UNDOS = ['cancel', 'reverse'] as const;
export type Undo = (typeof UNDOS)[number];

export interface Step {
  readonly id: string;
  readonly position: number;
  readonly target: string;
  readonly phase: Phase;
  readonly action: string;
  readonly subject: string | null;
  /** Actions of the same target that must be over before this one starts. */
  readonly after: readonly string[];
  /** The action whose effect this step takes back; null for a step of the plan. */
  readonly undoes: string | null;
  readonly state: StepState;
  readonly outcome: Outcome | null;
  /** Counts the claims; a write that carries an older one changes nothing. */
  readonly epoch: number;
  readonly attempts: number;
  readonly workerId: string | null;
  /** Of a running step: whether its worker still shows signs of life. */
  readonly workerAlive: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Attempts of the present retry schedule; a person's retry begins a new one. */
  readonly scheduleAttempts: number;
  /** Since when the present retry schedule runs. */
  readonly scheduleStartedAt: Date | null;
  /** How long the present schedule has waited between attempts; time in which nobody could try does not count. */
  readonly scheduleWaitedMs: number;
  readonly nextAttemptAt: Date | null;
  readonly error: ActionError | null;
  readonly facts: JsonObject;
}

export interface Case {
  readonly id: string;
  readonly personId: string;
  readonly playbook: Playbook;
  readonly state: CaseState;
  /** Why the case is in its state, for people. */
  readonly reason: string | null;
  /** Why a person must approve before anything more starts; null when nobody has to. */
  readonly hold: string | null;
  /** Set while what was done is taken back. */
  readonly undo: Undo | null;
  /** Nothing starts before; null when the case begins at once. */
  readonly startsAt: Date | null;
  /** Nothing that is hard to reverse starts before; null when only the grace period counts. */
  readonly handOverAt: Date | null;
  /** Connections whose identity provider must confirm the departure before anything is hard to reverse. */
  readonly confirmBy: readonly string[];
  readonly openedAt: Date;
  readonly containedAt: Date | null;
  readonly completedAt: Date | null;
  readonly lookAgainAt: Date | null;
  /** An earlier, completed case of the same person. */
  readonly follows: string | null;
}

/** A case with all its steps, as of one moment. */
export interface Snapshot {
  readonly case: Case;
  readonly steps: readonly Step[];
}

const FINAL: ReadonlySet<CaseState> = new Set(['completed', 'cancelled', 'reversed']);

export function isFinal(state: CaseState): boolean {
  return FINAL.has(state);
}

/** Whether the step belongs to the way out, and not to the way back. */
export function isOfPlan(step: Step): boolean {
  return step.undoes === null;
}

/** What asks an identity provider whether the person has really left; it is planned for the connection and not for a target. */
export const CONFIRM_ACTION = 'confirm-departure';

export function isConfirmation(step: Pick<Step, 'action'>): boolean {
  return step.action === CONFIRM_ACTION;
}

/** What a confirmation has come to that only a person can answer; null when it has not, or they have. Containment goes on meanwhile. */
export function questionOf(step: Step): string | null {
  const { question } = step.facts;
  return isConfirmation(step) && step.state === 'pending' && typeof question === 'string' ? question : null;
}

/** Whether nothing more will come of the step. */
export function isOver(step: Step): boolean {
  return step.state === 'done' || step.state === 'skipped';
}
