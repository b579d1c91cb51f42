import type { Tx } from '../database/database.ts';
import type { Directory } from '../directory/directory.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { Signal } from './signal.ts';

export interface RecycleNeeds {
  readonly directory: Directory;
  readonly offboarding: Offboarding;
}

/**
 * Takes in which addresses have passed to somebody else: from now on they tell nobody. An open case of whoever had one is held, as the accounts that
 * go by the address may be the newcomer's; answers that case by signal.
 */
export async function recycleAddresses(needs: RecycleNeeds, tx: Tx, signals: readonly Signal[]): Promise<Map<Signal, string>> {
  const cases = new Map<Signal, string>();
  for (const signal of signals.filter(({ recycled }) => recycled !== undefined).sort(byAddress)) {
    const caseId = await recycleOne(needs, tx, signal);
    if (caseId !== null) cases.set(signal, caseId);
  }
  return cases;
}

/** In one order, so that two transactions with the same addresses do not wait for each other crosswise. */
function byAddress(a: Signal, b: Signal): number {
  return (a.recycled ?? '') < (b.recycled ?? '') ? -1 : 1;
}

async function recycleOne({ directory, offboarding }: RecycleNeeds, tx: Tx, { recycled = '', connection }: Signal): Promise<string | null> {
  const owner = await directory.recycle(tx, recycled);
  const reason = `${connection} says that an address of the person has passed to somebody else`;
  return owner === null ? null : await holdCaseOf(offboarding, tx, owner, connection, reason);
}

/** A message that gives somebody else an address of the owner: it need not have passed on, and nobody guesses. The case of the owner. */
export async function holdForAddress(offboarding: Offboarding, tx: Tx, owner: string, connection: string): Promise<string | null> {
  const reason = `${connection} names somebody else with an address of the person, which may have passed on`;
  return await holdCaseOf(offboarding, tx, owner, connection, reason);
}

const ADVICE = 'what goes by it may be the accounts of the newcomer; look whose they are, and approve to go on';

/** The case that is held, or will be should one be opened for what is being looked up; null when there is none. */
async function holdCaseOf(offboarding: Offboarding, tx: Tx, personId: string, by: string, why: string): Promise<string | null> {
  const reason = `${why}: ${ADVICE}`;
  const open = await offboarding.openCaseOf(tx, personId);
  const isHeld = open !== null && (await offboarding.hold(tx, open, by, reason));
  return isHeld ? open : ((await offboarding.doubt(tx, personId, reason)) ?? open);
}
