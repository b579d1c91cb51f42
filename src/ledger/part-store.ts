import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';

/*
 * The only two ways by which anything leaves the ledger. The database lets them pass only where a later entry says so: `case.erased`, `case.pruned`,
 * `person.erased` or `signals.pruned`, which the caller appends in the same transaction first.
 */

/** Removes what was set apart from the entries of these cases, and from those without a case that were about these signals. */
export async function forgetApart(tx: Tx, caseIds: readonly string[], signalIds: readonly string[]): Promise<void> {
  await sql`
    update ledger_entry set personal = null where personal is not null and case_id = any(${caseIds}::uuid[])`.execute(tx.sql);
  await sql`
    update ledger_entry set personal = null
    where personal is not null and case_id is null and body::json -> 'data' ->> 'signal' = any(${signalIds}::text[])`.execute(tx.sql);
}

/** Removes the bodies of the entries of these cases, but for the one that says so. What is left is their hashes, by which the rest still verifies. */
export async function pruneBodies(tx: Tx, caseIds: readonly string[]): Promise<void> {
  await sql`
    update ledger_entry set body = null, personal = null
    where case_id = any(${caseIds}::uuid[]) and kind <> 'case.pruned' and body is not null`.execute(tx.sql);
}
