import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';

/** Removes every message about these cases or their steps, and every one to these addresses (lower case): sent or not, it names the person. */
export async function removeMessages(tx: Tx, caseIds: readonly string[], addresses: readonly string[]): Promise<void> {
  await sql`
    delete from notification
    where subject = any(${caseIds}::text[]) or lower(recipient) = any(${addresses}::text[])
      or subject in (select id::text from step where case_id = any(${caseIds}::uuid[]))`.execute(tx.sql);
}
