import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';
import type { Playbook } from '../targets/target.ts';
import { otherAddresses } from './store.ts';

/** Somebody whose case is over and who is said to leave once more. */
export interface Recheck {
  readonly personId: string;
  readonly email: string;
  readonly aliases: readonly string[];
  readonly name: string | null;
  /** The case that is over. */
  readonly caseId: string;
  readonly playbook: Playbook;
  readonly by: string;
  readonly reason: string | null;
  readonly confirmBy: readonly string[];
  readonly askedAt: Date;
  /** How long ago that was. */
  readonly waitedMs: number;
  readonly attempts: number;
  /** How often it was asked for by then. */
  readonly asks: number;
}

export interface AskedRecheck extends Pick<Recheck, 'personId' | 'caseId' | 'playbook' | 'by' | 'reason' | 'confirmBy'> {
  /** When to look; null is at once. */
  readonly at: Date | null;
}

/**
 * Asks for a look; of one that is asked for already the stronger playbook and the earlier time count, and whoever must confirm. A look that is under way
 * when it is asked for once more does not end it.
 */
export function insertRechecks(tx: Tx, asked: readonly AskedRecheck[]): void {
  if (asked.length > 0) {
    const insert = tx.sql
      .insertInto('recheck')
      .values(
        asked.map(({ personId, caseId, playbook, by, reason, confirmBy, at }) => ({
          person_id: personId,
          case_id: caseId,
          playbook,
          asked_by: by,
          asked_reason: reason,
          confirm_by: [...confirmBy],
          asked_at: at ?? tx.now,
          attempts: 0,
          next_attempt_at: at ?? tx.now,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('person_id').doUpdateSet({
          playbook: sql<string>`case when excluded.playbook = 'offboard' then excluded.playbook else recheck.playbook end`,
          confirm_by: sql<string[]>`array(select distinct unnest(recheck.confirm_by || excluded.confirm_by))`,
          asks: sql<number>`recheck.asks + 1`,
          next_attempt_at: sql<Date>`least(recheck.next_attempt_at, excluded.next_attempt_at)`,
        }),
      );
    tx.post(insert.compile());
  }
}

const MOST_AT_ONCE = 20;

/** Takes what is due, each for `leaseMs`; another process takes it again when this one does not come back. */
export async function claimRechecks(db: Database, leaseMs: number): Promise<Recheck[]> {
  const { rows } = await sql<Recheck>`
    update recheck set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${leaseMs / 1_000})
    from person
    where person.id = recheck.person_id and recheck.person_id in (
      select person_id from recheck where next_attempt_at <= now() order by asked_at limit ${MOST_AT_ONCE} for update skip locked)
    returning recheck.person_id as "personId", person.email, person.name, ${otherAddresses} as aliases, case_id as "caseId", playbook, asked_by as "by",
      asked_reason as "reason", confirm_by as "confirmBy", asked_at as "askedAt",
      (extract(epoch from now() - asked_at) * 1000)::float8 as "waitedMs", attempts, asks`.execute(db);
  return rows;
}

export async function postponeRecheck(db: Database, personId: string, delayMs: number): Promise<void> {
  await db
    .updateTable('recheck')
    .set({ next_attempt_at: sql<Date>`now() + make_interval(secs => ${delayMs / 1_000})` })
    .where('person_id', '=', personId)
    .execute();
}

export interface EndedRecheck {
  readonly playbook: Playbook;
  readonly contradiction: string | null;
  readonly confirmBy: readonly string[];
  readonly salt: string;
}

/** Keeps what speaks against the departure; the case that is over, or null when no look is asked for. */
export async function contradictRecheck(tx: Tx, personId: string, contradiction: string): Promise<string | null> {
  const row = await tx.sql
    .updateTable('recheck')
    .set({ contradiction })
    .where('person_id', '=', personId)
    .returning('case_id')
    .executeTakeFirst();
  return row?.case_id ?? null;
}

/**
 * Ends the look; null when another process has ended it, or when it was asked for once more meanwhile: then what was seen is too old, and it is due at
 * once. The person is kept from everybody else who resolves them until the transaction ends, so that no message about them falls in between.
 */
export async function deleteRecheck(tx: Tx, { personId, asks }: Pick<Recheck, 'personId' | 'asks'>): Promise<EndedRecheck | null> {
  await tx.sql.selectFrom('person').select('id').where('id', '=', personId).forNoKeyUpdate().execute();
  const { rows } = await sql<EndedRecheck>`
    delete from recheck using person
    where person.id = recheck.person_id and recheck.person_id = ${personId} and recheck.asks = ${asks}
    returning playbook, contradiction, confirm_by as "confirmBy", salt`.execute(tx.sql);
  if (rows.length === 0) {
    await tx.sql.updateTable('recheck').set({ next_attempt_at: tx.now }).where('person_id', '=', personId).execute();
  }
  return rows[0] ?? null;
}

/** Takes away what is still being looked up about people, by person. */
export async function takeRechecks(
  tx: Tx,
  personIds: readonly string[],
): Promise<Map<string, { readonly contradiction: string | null; readonly confirmBy: readonly string[] }>> {
  if (personIds.length === 0) {
    return new Map();
  }
  const rows = await tx.sql
    .deleteFrom('recheck')
    .where('person_id', '=', sql<string>`any(${personIds}::uuid[])`)
    .returning(['person_id', 'contradiction', 'confirm_by'])
    .execute();
  return new Map(rows.map((row) => [row.person_id, { contradiction: row.contradiction, confirmBy: row.confirm_by }]));
}

/** Lets the signals since then belong to the new case; their ids. */
export async function moveSignals(tx: Tx, { personId, caseId, askedAt }: Recheck, newCaseId: string): Promise<string[]> {
  const rows = await tx.sql
    .updateTable('signal')
    .set({ case_id: newCaseId })
    .where('person_id', '=', personId)
    .where('case_id', '=', caseId)
    .where('received_at', '>=', askedAt)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
