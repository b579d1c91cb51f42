import type { Database } from '../database/database.ts';
import type { PublicKey } from './bundle.ts';

/** Makes a key known, once. */
export async function insertKey(db: Database, key: PublicKey): Promise<void> {
  await db
    .insertInto('signing_key')
    .values({ kid: key.kid, jwk: JSON.stringify(key) })
    .onConflict((conflict) => conflict.column('kid').doNothing())
    .execute();
}

/** Every key that is known, newest first. */
export async function readKeys(db: Database): Promise<unknown[]> {
  const rows = await db.selectFrom('signing_key').select('jwk').orderBy('created_at', 'desc').execute();
  return rows.map(({ jwk }) => jwk);
}
