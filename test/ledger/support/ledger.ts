import type { TestContext } from 'node:test';
import { type Database, inTransaction, openDatabase } from '../../../src/database/database.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { createLedger, type Ledger, type NewEntry } from '../../../src/ledger/ledger.ts';
import { freshDatabase } from '../../support/database.ts';

export const SILENT = createLog({ level: 'silent' });

export interface OpenLedger {
  readonly url: string;
  readonly db: Database;
  readonly ledger: Ledger;
}

/** A ledger on a database of the test's own. */
export async function openLedger(t: TestContext): Promise<OpenLedger> {
  const { url, db } = await freshDatabase(t);
  return { url, db, ledger: createLedger({ db, clock: systemClock, log: SILENT }) };
}

/** The same ledger as another process has it: with connections of its own. */
export function joinLedger(t: TestContext, url: string): OpenLedger {
  const db = openDatabase({ url, log: SILENT, maxConnections: 5 });
  t.after(async () => await db.destroy());
  return { url, db, ledger: createLedger({ db, clock: systemClock, log: SILENT }) };
}

export async function append({ db, ledger }: OpenLedger, ...entries: readonly NewEntry[]): Promise<void> {
  await inTransaction(db, async (tx) => await ledger.append(tx, entries));
}

/** An entry that can be told from others by its number. */
export function numbered(number: number, caseId: string | null = null): NewEntry {
  return { kind: 'case.state', caseId, data: { from: 'running', to: 'waiting', number } };
}

/** The chain with the bodies of its entries, in order. */
export async function readChain(db: Database): Promise<{ seq: string; digest: Buffer; hash: Buffer; body: string; entry_id: string }[]> {
  return await db
    .selectFrom('ledger_chain')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'ledger_chain.entry_id')
    .select(['seq', 'digest', 'hash', 'body', 'entry_id'])
    .orderBy('seq')
    .execute();
}
