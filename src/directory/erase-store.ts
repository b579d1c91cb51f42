import { sql } from 'kysely';
import type { Tx } from '../database/database.ts';
import { emailKey } from './match.ts';
import { ERASED_SALT } from './store.ts';

export interface Known {
  readonly id: string;
  /** Every address that is not known to have passed to somebody else, in lower case. */
  readonly addresses: readonly string[];
  /** By what the connections know them. */
  readonly identities: readonly { readonly connection: string; readonly subject: string }[];
  /** Whether the address by which they were asked for is said to belong to somebody else now. */
  readonly recycled: boolean;
}

/** The person who has or had the address, kept from being resolved by anybody else for the rest of the transaction. */
export async function lockByEmail(tx: Tx, email: string): Promise<Known | null> {
  const found = await tx.sql
    .selectFrom('person')
    .innerJoin('person_email', 'person_email.person_id', 'person.id')
    .select(['person.id', 'person_email.state'])
    .where('person_email.email_key', '=', emailKey(email))
    .forUpdate('person')
    .executeTakeFirst();
  if (!found) {
    return null;
  }
  const [addresses, identities] = await Promise.all([
    tx.sql.selectFrom('person_email').select(['email_key', 'state']).where('person_id', '=', found.id).execute(),
    tx.sql.selectFrom('person_identity').select(['connection', 'subject']).where('person_id', '=', found.id).execute(),
  ]);
  // Whoever held the lock before may have erased them.
  if (!addresses.some((row) => row.email_key === emailKey(email))) {
    return null;
  }
  // An address that has passed to somebody else is theirs: what is known by it is not to be erased with the one who had it before.
  const own = addresses.filter(({ state }) => state !== 'recycled').map((row) => row.email_key);
  return { id: found.id, addresses: own, identities, recycled: found.state === 'recycled' };
}

/** Nothing of the person stays but a row that cases point to: no address, no name, no id, and no salt, without which the ledger tells nobody who it was. */
export async function erasePerson(tx: Tx, id: string): Promise<void> {
  await tx.sql.deleteFrom('person_email').where('person_id', '=', id).execute();
  await tx.sql.deleteFrom('person_identity').where('person_id', '=', id).execute();
  await tx.sql
    .updateTable('person')
    .set({ email: '[erased]', email_key: `erased:${id}`, name: null, salt: ERASED_SALT })
    .where('id', '=', id)
    .execute();
}

export function isErased({ salt }: { readonly salt: string }): boolean {
  return salt === ERASED_SALT;
}

/** Removes those of the people of whom neither a case nor a signal is left. */
export async function removeLonely(tx: Tx, ids: readonly string[]): Promise<void> {
  // Whoever resolves one of them meanwhile is waited for, and then seen.
  await sql`select from person where id = any(${ids}::uuid[]) order by id for update`.execute(tx.sql);
  const { rows } = await sql<{ id: string }>`
    select id from person where id = any(${ids}::uuid[])
      and not exists (select from offboarding_case where person_id = person.id)
      and not exists (select from signal where person_id = person.id)
      and not exists (select from recheck where person_id = person.id)`.execute(tx.sql);
  const lonely = rows.map(({ id }) => id);
  await sql`delete from person_email where person_id = any(${lonely}::uuid[])`.execute(tx.sql);
  await sql`delete from person_identity where person_id = any(${lonely}::uuid[])`.execute(tx.sql);
  await sql`delete from person where id = any(${lonely}::uuid[])`.execute(tx.sql);
}
