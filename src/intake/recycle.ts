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
  const open = owner === null ? null : await offboarding.openCaseOf(tx, owner);
  if (open !== null) {
    await offboarding.hold(tx, open, connection, `${connection} says that ${DOUBT}`);
  }
  return open;
}

const DOUBT =
  'an address of the person has passed to somebody else: what goes by it may be the accounts of the newcomer; look whose they are, and approve to go on';
