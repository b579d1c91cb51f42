import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';

export interface StoredOutage {
  readonly target: string;
  readonly since: Date;
  readonly probes: number;
  /** Whether it is time to probe the target. */
  readonly isDue: boolean;
}

export async function readOutages(db: Database): Promise<StoredOutage[]> {
  return await db
    .selectFrom('target_outage')
    .select(['target', 'since', 'probes', sql<boolean>`next_probe_at <= now()`.as('isDue')])
    .execute();
}

/** Stores that the target is down from now on; one that is down already stays so since it was, and `isNew` is false. */
export async function insertOutage(tx: Tx, target: string, pauseMs: number): Promise<{ since: Date; isNew: boolean }> {
  return await tx.sql
    .insertInto('target_outage')
    .values({ target, since: sql<Date>`now()`, probes: 0, next_probe_at: inMs(pauseMs) })
    .onConflict((conflict) => conflict.column('target').doUpdateSet({ target }))
    // A row that was there has been locked by this statement, and so has an xmax.
    .returning(['since', sql<boolean>`xmax = 0`.as('isNew')])
    .executeTakeFirstOrThrow();
}

/** Takes the probe that is due; false when another process was first. Should this one not come back, the next is due after `leaseMs`. */
export async function claimProbe(db: Database, target: string, leaseMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('target_outage')
    .set({ probes: sql<number>`probes + 1`, next_probe_at: inMs(leaseMs) })
    .where('target', '=', target)
    .where('next_probe_at', '<=', sql<Date>`now()`)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function postponeProbe(db: Database, target: string, pauseMs: number): Promise<void> {
  await db
    .updateTable('target_outage')
    .set({ next_probe_at: inMs(pauseMs) })
    .where('target', '=', target)
    .execute();
}

/** Since when the target was down; null when it no longer is. */
export async function deleteOutage(tx: Tx, target: string): Promise<Date | null> {
  const row = await tx.sql.deleteFrom('target_outage').where('target', '=', target).returning('since').executeTakeFirst();
  return row?.since ?? null;
}

export interface WaitingCase {
  readonly id: string;
  readonly isContained: boolean;
  readonly isUrgent: boolean;
}

/** The open cases that have something to do in the target, in the order in which they are to begin: who is not locked out yet first. */
export async function readWaitingFor(tx: Tx, target: string): Promise<WaitingCase[]> {
  const { rows } = await sql<WaitingCase>`
    select id, contained_at is not null as "isContained", playbook = 'contain' as "isUrgent"
    from offboarding_case
    where state not in ('completed', 'cancelled', 'reversed')
      and id in (select case_id from step where target = ${target} and state = 'pending')
    order by contained_at is not null, playbook <> 'contain', opened_at, id`.execute(tx.sql);
  return rows;
}

/**
 * Makes the cases due, so that the sweep finds those whose wake-up is lost, and lets their steps begin at once that were put off because the target did
 * not answer. What it asked for itself, by an answer with a Retry-After, keeps its time.
 */
export function startWaiting(tx: Tx, target: string, cases: readonly WaitingCase[]): void {
  const ids = cases.map(({ id }) => id).sort();
  const due = sql`
    update offboarding_case set look_again_at = ${tx.now}
    where id in (select id from offboarding_case where id = any(${ids}::uuid[]) order by id for no key update)`;
  const now = sql`
    update step set next_attempt_at = null
    where target = ${target} and state = 'pending' and next_attempt_at is not null and case_id = any(${ids}::uuid[])
      and error->'retryAfterMs' is null`;
  tx.post(due.compile(tx.sql));
  tx.post(now.compile(tx.sql));
}

function inMs(ms: number) {
  return sql<Date>`now() + make_interval(secs => ${ms / 1_000})`;
}
