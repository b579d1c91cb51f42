import { type Database, inTransaction, type Tx } from '../database/database.ts';
import { removeLonely } from '../directory/directory.ts';
import { removeOldSignals, removeSignalsOf } from '../intake/intake.ts';
import { forgetApart, type Ledger, type NewEntry, pruneBodies } from '../ledger/ledger.ts';
import { removeMessages } from '../notifications/notifications.ts';
import { lockOldCases, lockPeopleOf, removeCases } from '../offboarding/offboarding.ts';

export interface PruneNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  /** How long a case is kept after it was last touched, and a signal that belongs to none. */
  readonly retentionDays: number;
}

export interface Pruned {
  readonly cases: number;
  readonly signals: number;
}

/** How much goes in one transaction: so little that nobody waits for it. */
const BATCH = 50;

/**
 * Removes what is older than the retention: cases with their steps, signals and entry bodies, signals without a case, and people of whom nothing else
 * is left. The hashes of the entries stay, so what remains verifies as before; the ledger says what was pruned.
 */
export async function prune(needs: PruneNeeds): Promise<Pruned> {
  const total = { cases: 0, signals: 0 };
  for (;;) {
    const { cases, signals } = await inTransaction(needs.db, async (tx) => await pruneBatch(needs, tx));
    total.cases += cases;
    total.signals += signals;
    if (cases === 0 && signals === 0) {
      return total;
    }
  }
}

async function pruneBatch({ ledger, retentionDays: days }: PruneNeeds, tx: Tx): Promise<Pruned> {
  const people = await lockPeopleOf(tx, days, BATCH);
  const cases = (await lockOldCases(tx, people, days)).map(({ id }) => id);
  ledger.append(
    tx,
    cases.map((caseId): NewEntry => ({ kind: 'case.pruned', caseId, data: { days } })),
  );
  await pruneBodies(tx, cases);
  await removeSignalsOf(tx, cases);
  await removeMessages(tx, cases, []);
  await removeCases(tx, cases);
  const loose = await removeOldSignals(tx, days, BATCH);
  if (loose.ids.length > 0) {
    ledger.append(tx, [{ kind: 'signals.pruned', caseId: null, data: { days, signals: loose.ids.length } }]);
    await forgetApart(tx, [], loose.ids);
  }
  await removeLonely(tx, [...new Set([...people, ...loose.personIds])]);
  return { cases: cases.length, signals: loose.ids.length };
}
