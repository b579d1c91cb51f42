import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { OpenSpan } from '../kernel/trace.ts';
import { observed, type Trail } from '../outbound/outbound.ts';
import type { ActionResult, Performer } from '../targets/target.ts';
import { laneOf } from './decide.ts';
import type { Claim } from './engine.ts';
import { runStep } from './run-step.ts';
import { readLeavingAccounts } from './store.ts';
import type { SuccessionFor } from './succession.ts';

export interface CarryOutNeeds {
  readonly db: Database;
  readonly targets: ReadonlyMap<string, Performer>;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws when this process may no longer act for its steps. */
  readonly beforeCall: () => void;
  /** What a target may ask about those who might succeed somebody; absent where nobody can be asked. */
  readonly successionFor?: SuccessionFor | undefined;
}

/** What came of an attempt, and how long it took. */
export interface Attempted {
  readonly result: ActionResult;
  readonly tookMs: number;
}

/** Makes one attempt of a claimed step; `trail` keeps the requests of it, `span` what came of it. */
export async function carryOut(
  { db, targets, clock, log, beforeCall, successionFor }: CarryOutNeeds,
  { step, steps, person, caseId }: Claim,
  { trail, span, signal }: { readonly trail: Trail; readonly span: OpenSpan; readonly signal: AbortSignal },
): Promise<Attempted> {
  const target = targets.get(step.target);
  const leavingAccounts = laneOf(step) === 'contain' ? new Set<string>() : await readLeavingAccounts(db, step.target, caseId);
  const succession = successionFor?.({ email: person.email, caseId, step, signal });
  const startedAt = clock.monotonic();
  const attempt = { step, target, person, steps, leavingAccounts, succession, signal, beforeCall, log };
  const result = await observed(trail.note, async () => await runStep(attempt));
  span.note({ 'leaver.outcome': outcomeOf(result) });
  if (result.kind === 'retry-later' || result.kind === 'refused') {
    span.fail(result.error.code);
  }
  return { result, tookMs: clock.monotonic() - startedAt };
}

/** What came of an attempt, in one word of a closed list. */
export function outcomeOf(result: ActionResult): string {
  switch (result.kind) {
    case 'done':
      return result.outcome;
    case 'account-absent':
      return 'already-absent';
    default:
      return result.kind;
  }
}
