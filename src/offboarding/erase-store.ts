import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';

const isOver = sql<boolean>`state in ('completed', 'cancelled', 'reversed')`;

/** What of a person, whom the caller has locked, is still going on, in words; null when nothing is. */
export async function unfinishedOf(tx: Tx, personId: string): Promise<string | null> {
  const open = await tx.sql
    .selectFrom('offboarding_case')
    .select(['id', 'state'])
    .where('person_id', '=', personId)
    .where(sql<boolean>`not ${isOver}`)
    .executeTakeFirst();
  if (open) {
    return `their case ${open.id} is ${open.state}`;
  }
  const recheck = await tx.sql.selectFrom('recheck').select('case_id').where('person_id', '=', personId).executeTakeFirst();
  return recheck ? `it is being looked up whether they are there again (case ${recheck.case_id})` : null;
}

/** Takes out of the cases of a person whatever could name somebody: reasons, addresses, what steps found, what went wrong in words. The ids of the cases. */
export async function eraseCases(tx: Tx, personId: string): Promise<string[]> {
  const cases = await tx.sql
    .updateTable('offboarding_case')
    .set({ opened_email: null, opened_reason: null, reason: null, hold: null })
    .where('person_id', '=', personId)
    .returning('id')
    .execute();
  const ids = cases.map(({ id }) => id);
  await sql`
    update step set facts = '{}', error = case when error is null then null else jsonb_set(error, '{message}', '"[erased]"') end
    where case_id = any(${ids}::uuid[])`.execute(tx.sql);
  return ids.sort();
}

export interface OldCase {
  readonly id: string;
  readonly personId: string;
}

/**
 * People with cases that have been over for `days`, locked before their cases are, as everybody does it. A case of which something has no place in the
 * ledger yet, or that is looked up once more, waits.
 */
export async function lockPeopleOf(tx: Tx, days: number, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from person where id in (select person_id from offboarding_case where ${old(tx, days)} order by updated_at limit ${limit})
    order by id for update skip locked`.execute(tx.sql);
  return rows.map(({ id }) => id);
}

/** Their cases, locked. */
export async function lockOldCases(tx: Tx, personIds: readonly string[], days: number): Promise<OldCase[]> {
  const { rows } = await sql<OldCase>`
    select id, person_id as "personId" from offboarding_case
    where person_id = any(${personIds}::uuid[]) and ${old(tx, days)} order by id for update`.execute(tx.sql);
  return rows;
}

function old(tx: Tx, days: number) {
  const before = new Date(tx.now.getTime() - days * 86_400_000);
  return sql`${isOver} and updated_at < ${before}
    and not exists (select from recheck where recheck.case_id = offboarding_case.id)
    and not exists (
      select from ledger_pending join ledger_entry on ledger_entry.id = entry_id where ledger_entry.case_id = offboarding_case.id)`;
}

/** Removes cases with their steps; a later case of the same person no longer points to them. */
export async function removeCases(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from step where case_id = any(${ids}::uuid[])`.execute(tx.sql);
  await sql`update offboarding_case set follows = null where follows = any(${ids}::uuid[])`.execute(tx.sql);
  await sql`delete from offboarding_case where id = any(${ids}::uuid[])`.execute(tx.sql);
}
