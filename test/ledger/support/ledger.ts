import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import { type Database, inTransaction, openDatabase } from '../../../src/database/database.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { createLedger, type Ledger, type NewEntry } from '../../../src/ledger/ledger.ts';
import { growTree, type Head, leafHash } from '../../../src/ledger/tree.ts';
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

export interface PlacedEntry {
  readonly seq: number;
  readonly entryId: string;
  readonly body: string;
  /** The hash that the tree has of it. */
  readonly hash: Buffer;
}

/** The entries in their places. */
export async function readPlaces(db: Database): Promise<PlacedEntry[]> {
  const rows = await db
    .selectFrom('ledger_leaf')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'ledger_leaf.entry_id')
    .innerJoin('ledger_node', (join) => join.on('level', '=', 0).on(sql<boolean>`position = seq - 1`))
    .select(['seq', 'entry_id', 'body', 'hash'])
    .orderBy('seq')
    .execute();
  return rows.map(({ seq, entry_id, body, hash }) => ({ seq: Number(seq), entryId: entry_id, body: body ?? '', hash }));
}

/** That the tree is the one over its entries: no gap, no fork, and every node as it must be. The head that it has to have. */
export async function assertSoundTree(db: Database): Promise<Head> {
  const places = await readPlaces(db);
  assert.deepEqual(
    places.map(({ seq }) => seq),
    places.map((_, index) => index + 1),
  );
  assert.equal(new Set(places.map(({ entryId }) => entryId)).size, places.length);
  const { head, nodes } = growTree(
    0,
    [],
    places.map(({ body }) => leafHash(body)),
  );
  const stored = await db.selectFrom('ledger_node').selectAll().execute();
  const print = ({ level, position, hash }: { level: number; position: number | string; hash: Buffer }): string =>
    `${level}/${position} ${hash.toString('hex')}`;
  assert.deepEqual(stored.map(print).sort(), nodes.map(print).sort());
  return head;
}
