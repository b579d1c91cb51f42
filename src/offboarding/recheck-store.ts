import { sql } from 'kysely';
import type { Database, Tx } from '../database/database.ts';
import type { Playbook } from '../targets/target.ts';

/** Somebody whose case is over and who is said to leave once more. */
export interface Recheck {
  readonly personId: string;
  readonly email: string;
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
}

/** Asks for a look; one that is asked for already is asked for with the stronger playbook. */
export function insertRechecks(
  tx: Tx,
  asked: readonly Pick<Recheck, 'personId' | 'caseId' | 'playbook' | 'by' | 'reason' | 'confirmBy'>[],
): void {
  if (asked.length > 0) {
    const insert = tx.sql
      .insertInto('recheck')
      .values(
        asked.map(({ personId, caseId, playbook, by, reason, confirmBy }) => ({
          person_id: personId,
          case_id: caseId,
          playbook,
          asked_by: by,
          asked_reason: reason,
          confirm_by: [...confirmBy],
          asked_at: tx.now,
          attempts: 0,
          next_attempt_at: tx.now,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('person_id').doUpdateSet({
          playbook: sql<string>`case when excluded.playbook = 'offboard' then excluded.playbook else recheck.playbook end`,
          next_attempt_at: tx.now,
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
    returning recheck.person_id as "personId", person.email, person.name, case_id as "caseId", playbook, asked_by as "by",
      asked_reason as "reason", confirm_by as "confirmBy", asked_at as "askedAt",
      (extract(epoch from now() - asked_at) * 1000)::integer as "waitedMs", attempts`.execute(db);
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

/** Ends the look; null when another process has ended it. The playbook is the one that is asked for by now. */
export async function deleteRecheck(tx: Tx, personId: string): Promise<EndedRecheck | null> {
  const { rows } = await sql<EndedRecheck>`
    delete from recheck using person where person.id = recheck.person_id and recheck.person_id = ${personId}
    returning playbook, contradiction, salt`.execute(tx.sql);
  return rows[0] ?? null;
}

/** Lets the signals since then belong to the new case. */
export async function moveSignals(tx: Tx, { personId, caseId, askedAt }: Recheck, newCaseId: string): Promise<void> {
  await tx.sql
    .updateTable('signal')
    .set({ case_id: newCaseId })
    .where('person_id', '=', personId)
    .where('case_id', '=', caseId)
    .where('received_at', '>=', askedAt)
    .execute();
}
