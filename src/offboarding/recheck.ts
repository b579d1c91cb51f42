import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { traced, traceparent } from '../kernel/trace.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { createTrail, observed, type Told } from '../outbound/outbound.ts';
import type { ActionResult, Playbook, Target } from '../targets/target.ts';
import type { OpenRequest } from './open.ts';
import { plan } from './plan.ts';
import { claimRechecks, deleteRecheck, moveSignals, postponeRecheck, type Recheck } from './recheck-store.ts';
import { nextAttempt, type StepRetry } from './retry-policy.ts';
import { runStep } from './run-step.ts';

/** Longer than any look at a target takes. */
const LEASE_MS = 120_000;

export interface RecheckNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly targets: readonly Target[];
  readonly stepRetry: StepRetry;
  readonly log: Log;
  readonly newId: NewId;
  readonly random: () => number;
  readonly openOrJoin: (tx: Tx, requests: readonly OpenRequest[]) => Promise<Map<string, string>>;
}

/** What looking for a person's account in every target came to. */
type Finding = 'there' | 'not-there' | 'unclear';

/**
 * Looks whether people whose cases are over have an account again, since a signal says that they leave once more. Only then a new case is opened, and
 * the signals belong to it; where it stays unclear for as long as a step is tried, one is opened all the same, and tells what is in the way.
 */
export async function recheckPeople(needs: RecheckNeeds, beforeCall: () => void, signal: AbortSignal): Promise<void> {
  const due = await claimRechecks(needs.db, LEASE_MS);
  const look = async (recheck: Recheck): Promise<void> =>
    await traced('recheck', { parent: null }, async () => await recheckPerson(needs, recheck, beforeCall, signal));
  await Promise.all(due.map(look));
}

async function recheckPerson(needs: RecheckNeeds, recheck: Recheck, beforeCall: () => void, signal: AbortSignal): Promise<void> {
  const trail = createTrail();
  const findings = await observed(
    trail.note,
    async () => await Promise.all(needs.targets.map(async (target) => await findAccount(needs, recheck, target, beforeCall, signal))),
  );
  if (findings.includes('there')) {
    await conclude(needs, recheck, true, trail.told());
  } else if (findings.includes('unclear')) {
    await lookAgain(needs, recheck, trail.told());
  } else {
    await conclude(needs, recheck, false, trail.told());
  }
}

async function findAccount(
  { log, newId }: RecheckNeeds,
  { email, aliases, name, playbook }: Recheck,
  target: Target,
  beforeCall: () => void,
  signal: AbortSignal,
): Promise<Finding> {
  const [step] = plan([target], 'contain', newId).filter(({ phase }) => phase === 'resolve');
  if (!step) {
    return 'not-there';
  }
  const person = { email, aliases, name };
  return meaningOf(await runStep({ step, target, person, steps: [], leavingAccounts: new Set(), signal, beforeCall, log }), playbook);
}

/** What a person must look at counts as found: the case that is opened says what it is. */
function meaningOf(result: ActionResult, playbook: Playbook): Finding {
  switch (result.kind) {
    case 'account-absent':
      return 'not-there';
    case 'done':
      return playbook === 'offboard' || result.facts?.['status'] !== 'suspended' ? 'there' : 'not-there';
    case 'retry-later':
      return 'unclear';
    default:
      return 'there';
  }
}

async function lookAgain(needs: RecheckNeeds, recheck: Recheck, told: Told): Promise<void> {
  const { db, stepRetry, random } = needs;
  const { personId, attempts, waitedMs, askedAt } = recheck;
  const next = nextAttempt(stepRetry, { attempts, waitedMs, now: askedAt, retryAfterMs: undefined, random: random() });
  await (next ? postponeRecheck(db, personId, next.waitedMs - waitedMs) : conclude(needs, recheck, true, told));
}

async function conclude({ db, ledger, openOrJoin, log }: RecheckNeeds, recheck: Recheck, isThere: boolean, told: Told): Promise<void> {
  const { personId, caseId, email, aliases, name, by, reason } = recheck;
  const opened = await inTransaction(db, async (tx) => {
    const asked = await deleteRecheck(tx, recheck);
    if (!asked) {
      return null;
    }
    ledger.append(tx, [{ kind: 'case.rechecked', caseId, data: { by, playbook: asked.playbook, found: isThere, ...told } }]);
    if (!isThere) {
      return null;
    }
    const person = { id: personId, email, aliases, name, salt: asked.salt, isNew: false };
    const request = {
      person,
      playbook: asked.playbook,
      by,
      reason,
      contradiction: asked.contradiction,
      startsAt: null,
      confirmBy: asked.confirmBy,
      insists: true,
      traceparent: traceparent(),
    };
    const newCaseId = (await openOrJoin(tx, [request])).get(personId) ?? null;
    if (newCaseId !== null) {
      const signals = await moveSignals(tx, recheck, newCaseId);
      ledger.append(tx, [
        { kind: 'case.rechecked', caseId: newCaseId, data: { by, playbook: asked.playbook, found: true, before: caseId, signals } },
      ]);
    }
    return newCaseId;
  });
  log.info(
    { caseId, opened },
    isThere ? 'somebody who had left is there again; a new case was opened' : 'somebody who had left is still gone',
  );
}
