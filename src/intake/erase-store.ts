import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';
import { LEAST_ID } from './signal.ts';

/** By what somebody is found in what the channels keep. */
export interface Traces {
  readonly personId: string;
  readonly caseIds: readonly string[];
  /** In lower case. */
  readonly addresses: readonly string[];
  readonly identities: readonly { readonly connection: string; readonly subject: string }[];
}

/**
 * Takes out of what the channels keep whatever could name somebody. The events' own ids stay, so that people find a message by them, unless they have
 * the person's id in them; a message that comes once more is known in either case, and not acted on again. The ids of the signals that were about the
 * person.
 */
export async function eraseSignals(tx: Tx, { personId, caseIds, addresses, identities }: Traces): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update signal set reason = null where person_id = ${personId} or case_id = any(${caseIds}::uuid[]) returning id`.execute(tx.sql);
  const [connections, subjects] = [identities.map(({ connection }) => connection), identities.map(({ subject }) => subject)];
  // Some channels make the name of an event of the person's id; of anything shorter, other people's events may have it in them too.
  await sql`
    update signal set event_id = 'erased ' || encode(event_digest(signal.connection, event_id), 'hex')
    from unnest(${connections}::text[], ${subjects}::text[]) as identity(connection, subject)
    where signal.connection = identity.connection and length(subject) >= ${LEAST_ID} and strpos(event_id, subject) > 0`.execute(tx.sql);
  // A message that was about nobody for certain may say in its reason whom it was not about.
  await sql`
    update signal set reason = null
    from unnest(${connections}::text[], ${subjects}::text[]) as identity(connection, subject)
    where signal.connection = identity.connection and length(subject) >= ${LEAST_ID} and strpos(reason, subject) > 0`.execute(tx.sql);
  await sql`
    delete from entra_user
    where (connection, subject) in (select * from unnest(${connections}::text[], ${subjects}::text[]))`.execute(tx.sql);
  await sql`
    with gone as (delete from scim_resource where kind = 'User' and name_key = any(${addresses}::text[]) returning id, connection)
    delete from scim_member using gone where scim_member.connection = gone.connection and scim_member.value = gone.id::text`.execute(
    tx.sql,
  );
  return rows.map(({ id }) => id).sort();
}

/** Removes the signals of cases. Their events stay known, here and below: the database keeps a digest of each. */
export async function removeSignalsOf(tx: Tx, caseIds: readonly string[]): Promise<void> {
  await sql`delete from signal where case_id = any(${caseIds}::uuid[])`.execute(tx.sql);
}

/** Removes signals without a case that are older than `days`; which, and whose they were. */
export async function removeOldSignals(tx: Tx, days: number, limit: number): Promise<{ ids: string[]; personIds: string[] }> {
  const before = new Date(tx.now.getTime() - days * 86_400_000);
  const { rows } = await sql<{ id: string; person_id: string | null }>`
    delete from signal where id in (
      select id from signal where case_id is null and received_at < ${before} order by received_at limit ${limit} for update skip locked)
    returning id, person_id`.execute(tx.sql);
  return { ids: rows.map(({ id }) => id), personIds: [...new Set(rows.flatMap(({ person_id }) => person_id ?? []))].sort() };
}
