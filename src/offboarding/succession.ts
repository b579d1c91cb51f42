import type { Database } from '../database/database.ts';
import type { SuperiorsOf } from '../directory/directory.ts';
import type { Succession } from '../targets/target.ts';
import type { Step } from './case.ts';
import type { StepRetry } from './retry-policy.ts';
import { readIsLeaving } from './store.ts';

/**
 * So long, in pauses between attempts, what is to be handed over waits for a directory that cannot be read: an hour, and never so long that the step
 * would be given up before. After that it goes to whoever else is fit, and the reasons of the choice say why.
 */
const LONGEST_PATIENCE_MS = 3_600_000;

export interface SuccessionNeeds {
  readonly db: Database;
  readonly superiorsOf: SuperiorsOf;
  readonly stepRetry: StepRetry;
}

/** What a target may ask while it carries out one attempt of a step, or looks ahead at what a case would do (`step` is null). */
export type SuccessionFor = (asked: {
  readonly email: string;
  readonly caseId: string | null;
  readonly step: Pick<Step, 'scheduleWaitedMs'> | null;
  readonly signal: AbortSignal;
}) => Succession;

export function createSuccession({ db, superiorsOf, stepRetry }: SuccessionNeeds): SuccessionFor {
  const patienceMs = Math.min(LONGEST_PATIENCE_MS, stepRetry.deadlineMs / 2);
  return ({ email, caseId, step, signal }) => ({
    superiors: async () => await superiorsOf(email, step === null || step.scheduleWaitedMs < patienceMs, signal),
    isLeaving: async (emails) => await readIsLeaving(db, emails, caseId),
  });
}
