import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';
import { LeaverError } from '../kernel/errors.ts';
import type { CaseView } from './views.ts';

/** A key that an operator has given a request, so that they may send it again without doing it twice. */
export interface OnceKey {
  readonly operator: string;
  readonly key: string;
  /** Of all that is asked for. */
  readonly digest: string;
}

/** What was answered under the key. */
export interface Answered {
  readonly caseId: string;
  readonly answer: unknown;
}

/** For how long a key is remembered. */
export const ONCE_HOURS = 24;

/**
 * Takes the key for the request, or finds what was answered under it. Whoever comes at the same moment waits here until the first one has its answer,
 * and gets that; when the first one fails, nothing is kept and the next one takes the key. A key is free again when it has expired.
 *
 * @throws LeaverError `idempotency-key-reused` when something else was asked for under the key
 */
export async function takeKey(tx: Tx, { operator, key, digest }: OnceKey): Promise<Answered | null> {
  const expiry = sql<Date>`now() + make_interval(hours => ${ONCE_HOURS}::int)`;
  const taken = await tx.sql
    .insertInto('idempotency_key')
    .values({ operator, key, digest, expires_at: expiry })
    .onConflict((conflict) =>
      conflict
        .columns(['operator', 'key'])
        .doUpdateSet({ digest, case_id: null, answer: null, expires_at: expiry })
        .where('idempotency_key.expires_at', '<=', sql<Date>`now()`),
    )
    .returning('key')
    .execute();
  return taken.length > 0 ? null : await readAnswered(tx, { operator, key, digest });
}

async function readAnswered(tx: Tx, { operator, key, digest }: OnceKey): Promise<Answered> {
  const row = await tx.sql
    .selectFrom('idempotency_key')
    .select(['digest', 'case_id', 'answer'])
    .where('operator', '=', operator)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (row.digest !== digest) {
    throw new LeaverError(
      'idempotency-key-reused',
      `Nothing was done: under this Idempotency-Key something else was asked for within ${ONCE_HOURS} hours. Give each request a key of its own.`,
    );
  }
  return { caseId: row.case_id ?? '', answer: row.answer };
}

/** Keeps what is answered under a key that was taken in the same transaction. */
export function keepAnswer(tx: Tx, { operator, key }: OnceKey, answer: CaseView): void {
  const update = tx.sql
    .updateTable('idempotency_key')
    .set({ case_id: answer.id, answer: JSON.stringify(answer) })
    .where('operator', '=', operator)
    .where('key', '=', key);
  tx.post(update.compile());
}

/** Forgets answers whose keys have expired: they have people in them. */
export async function dropExpiredAnswers(db: Database): Promise<void> {
  await db.deleteFrom('idempotency_key').where('expires_at', '<=', sql<Date>`now()`).execute();
}
