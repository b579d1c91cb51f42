import { type Database, inTransaction } from '../database/database.ts';
import { erasePerson, type Known, lockByEmail } from '../directory/directory.ts';
import { eraseSignals } from '../intake/intake.ts';
import { LeaverError } from '../kernel/errors.ts';
import { forgetApart, type Ledger, type NewEntry } from '../ledger/ledger.ts';
import { removeMessages } from '../notifications/notifications.ts';
import { eraseCases, unfinishedOf } from '../offboarding/offboarding.ts';

export interface Erasure {
  /** Any address that the person has or had. */
  readonly email: string;
  /** Who asks for it, and why: both are recorded. */
  readonly by: string;
  readonly reason: string;
}

export interface Erased {
  /** The cases that are now about nobody. */
  readonly cases: readonly string[];
  /** How many signals were about the person. */
  readonly signals: number;
}

/**
 * Forgets a person: every address, name and id, the salts of the commitments to them, and whatever was set apart from ledger entries. The cases stay,
 * about nobody; the ledger says that it was done, and verifies as before.
 *
 * @throws LeaverError `not-found` when nobody with the address is known, `conflict` while anything is still going on
 */
export async function erase({ db, ledger }: { readonly db: Database; readonly ledger: Ledger }, erasure: Erasure): Promise<Erased> {
  return await inTransaction(db, async (tx) => {
    const person = mustBeKnown(await lockByEmail(tx, erasure.email), erasure.email);
    const unfinished = await unfinishedOf(tx, person.id);
    if (unfinished !== null) {
      throw new LeaverError('conflict', `Nothing was erased: ${unfinished}. End it first; what it still needs would be gone.`);
    }
    const cases = await eraseCases(tx, person.id);
    const signals = await eraseSignals(tx, { personId: person.id, caseIds: cases, ...person });
    await removeMessages(tx, cases, person.addresses);
    ledger.append(tx, entriesOf(erasure, cases, signals.length));
    await forgetApart(tx, cases, signals);
    await erasePerson(tx, person.id);
    return { cases, signals: signals.length };
  });
}

function mustBeKnown(person: Known | null, email: string): Known {
  if (!person) {
    throw new LeaverError('not-found', `Nobody with the address ${email} is known. Somebody who was erased is not known any more either.`);
  }
  if (person.recycled) {
    throw new LeaverError(
      'conflict',
      `Nothing was erased: ${email} is said to belong to somebody else now. Name the person by another of their addresses.`,
    );
  }
  return person;
}

function entriesOf({ by, reason }: Erasure, cases: readonly string[], signals: number): NewEntry[] {
  const ofCases = cases.map((caseId): NewEntry => ({ kind: 'case.erased', caseId, data: { by, reason } }));
  return [...ofCases, { kind: 'person.erased', caseId: null, data: { by, reason, cases, signals } }];
}
