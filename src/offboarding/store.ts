import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import type { CaseTable } from '../database/schema.ts';
import { emailKey } from '../directory/directory.ts';
import type { Playbook } from '../targets/target.ts';
import { CASE_STATES, type Case, type CaseState, isFinal, type Snapshot, UNDOS } from './case.ts';
import { type StepRow, stepsOf, toStep, workerAlive } from './step-store.ts';

/** Spelled out, not given as values: PostgreSQL recognises the condition of the index only so, also in a statement that it keeps parsed. */
const isOpen = sql<boolean>`offboarding_case.state not in ('completed', 'cancelled', 'reversed')`;

const caseSchema = z.object({ playbook: z.enum(['offboard', 'contain']), state: z.enum(CASE_STATES), undo: z.enum(UNDOS).nullable() });

export interface PersonName {
  readonly email: string;
  /** Further addresses, without those that have passed to somebody else. */
  readonly aliases: readonly string[];
  readonly name: string | null;
}

/** Other addresses of the `person` of a query, without those that have passed to somebody else. */
export const otherAddresses = sql<string[]>`array(
  select email from person_email
  where person_id = person.id and email_key <> person.email_key and state <> 'recycled' order by since, email_key)`;

/**
 * Reads a case and its steps and keeps every other writer of the case out until the transaction ends. `asker` is the worker that asks, if it is one:
 * that one lives.
 */
export function lockCase(db: Database, caseId: string, asker: string | null) {
  const lock = db
    .selectFrom('offboarding_case')
    .innerJoin('person', 'person.id', 'offboarding_case.person_id')
    .selectAll('offboarding_case')
    .select(['person.email', 'person.name', otherAddresses.as('aliases')])
    .where('offboarding_case.id', '=', caseId)
    .forNoKeyUpdate('offboarding_case');
  // One query could not do both: its steps would be those from before the wait for the lock.
  return [lock.compile(), stepsOf(db, [caseId], asker).compile()] as const;
}

/** What the queries of `lockCase` have found; null when there is no such case. */
export function toLocked([row]: readonly LockedRow[], steps: readonly StepRow[]): LockedCase | null {
  return row
    ? {
        snapshot: { case: toCase(row), steps: steps.map(toStep) },
        person: { email: row.email, aliases: row.aliases, name: row.name },
        traceparent: row.traceparent,
      }
    : null;
}

export interface LockedCase {
  readonly snapshot: Snapshot;
  readonly person: PersonName;
  readonly traceparent: string | null;
}

type LockedRow = Selectable<CaseTable> & PersonName;

export function updateCase(tx: Tx, subject: Case): void {
  const update = tx.sql
    .updateTable('offboarding_case')
    .set({
      playbook: subject.playbook,
      state: subject.state,
      reason: subject.reason,
      hold: subject.hold,
      undo: subject.undo,
      undone_at: subject.undoneAt,
      starts_at: subject.startsAt,
      hand_over_at: subject.handOverAt,
      confirm_by: [...subject.confirmBy],
      contained_at: subject.containedAt,
      completed_at: subject.completedAt,
      look_again_at: subject.lookAgainAt,
      updated_at: tx.now,
    })
    .where('id', '=', subject.id);
  tx.post(update.compile());
}

export interface NewCase {
  readonly id: string;
  readonly personId: string;
  readonly email: string;
  readonly playbook: Playbook;
  readonly hold: string | null;
  readonly startsAt: Date | null;
  readonly handOverAt: Date | null;
  readonly confirmBy: readonly string[];
  readonly openedBy: string;
  readonly openedReason: string | null;
  readonly traceparent: string | null;
  readonly follows: string | null;
}

/** The state in which a case begins. */
export function stateOf({ hold, startsAt }: Pick<NewCase, 'hold' | 'startsAt'>, now: Date): CaseState {
  if (hold !== null) {
    return 'held';
  }
  return startsAt !== null && startsAt > now ? 'waiting' : 'running';
}

/** Opens cases for people without an open one. When another transaction was first with any of them, this one fails and is run again. */
export function insertCases(tx: Tx, cases: readonly NewCase[]): void {
  const given = cases.map((made) => ({
    id: made.id,
    person_id: made.personId,
    playbook: made.playbook,
    state: stateOf(made, tx.now),
    reason: made.hold,
    hold: made.hold,
    starts_at: made.startsAt,
    hand_over_at: made.handOverAt,
    confirm_by: [...made.confirmBy],
    opened_at: tx.now,
    opened_by: made.openedBy,
    opened_reason: made.openedReason,
    traceparent: made.traceparent,
    opened_email: made.email,
    follows: made.follows,
    look_again_at: tx.now,
    updated_at: tx.now,
  }));
  postRows(tx, 'offboarding_case', given);
}

/** A case that is over. */
export type OverCase = Pick<Case, 'id' | 'state' | 'playbook'>;

/** What there is of somebody's cases, as it is committed at this moment: an open one may change right after. */
export interface History {
  readonly open: Case | null;
  /** The latest that is over. */
  readonly over: OverCase | null;
  /** When one was last taken back. */
  readonly takenBackAt: Date | null;
}

const NO_HISTORY: History = { open: null, over: null, takenBackAt: null };

/** The histories of people; somebody who never had a case is left out. */
export async function readHistories(tx: Tx, personIds: readonly string[]): Promise<Map<string, History>> {
  const histories = new Map<string, History>();
  if (personIds.length > 0) {
    for (const row of await tx.ask(casesOf(tx, personIds).orderBy('opened_at').compile())) {
      histories.set(row.person_id, longer(histories.get(row.person_id) ?? NO_HISTORY, toCase(row)));
    }
  }
  return histories;
}

function longer({ open, over, takenBackAt }: History, next: Case): History {
  const isOver = isFinal(next.state);
  const isLater = next.undoneAt !== null && (takenBackAt === null || takenBackAt < next.undoneAt);
  return { open: isOver ? open : next, over: isOver ? next : over, takenBackAt: isLater ? next.undoneAt : takenBackAt };
}

/** The open case of each person, locked in one order so that two transactions never wait for each other crosswise. */
export async function lockOpenCases(tx: Tx, personIds: readonly string[]): Promise<Map<string, Case>> {
  return personIds.length === 0 ? new Map() : byPerson(await casesOf(tx, personIds).where(isOpen).orderBy('id').forNoKeyUpdate().execute());
}

function casesOf(tx: Tx, personIds: readonly string[]) {
  return tx.sql.selectFrom('offboarding_case').selectAll().where('person_id', '=', sql<string>`any(${personIds}::uuid[])`);
}

function byPerson(rows: readonly Selectable<CaseTable>[]): Map<string, Case> {
  return new Map(rows.map((row) => [row.person_id, toCase(row)]));
}

/** Gives the transaction up as one that another was faster than, so that it is run again. */
export async function beginAgain(tx: Tx): Promise<void> {
  await sql`select leaver_expect_rows(0::bigint, 1::bigint)`.execute(tx.sql);
}

/** Account ids (by target) of everybody else whose offboarding is open: they are never chosen as a successor. */
export async function readLeavingAccounts(db: Database, target: string, exceptCase: string): Promise<Set<string>> {
  const { rows } = await sql<{ account: string | null }>`
    select resolved.account from offboarding_case
    cross join lateral (
      select facts->>'userId' as account from step where case_id = offboarding_case.id and target = ${target} and phase = 'resolve' limit 1) as resolved
    where ${isOpen} and offboarding_case.id <> ${exceptCase}`.execute(db);
  return new Set(rows.flatMap((row) => (row.account === null ? [] : [row.account])));
}

/** Whether anybody else's offboarding is open, or still to begin, who has one of these addresses. */
export async function readIsLeaving(db: Database, emails: readonly string[], exceptCase: string | null): Promise<boolean> {
  const row = await db
    .selectFrom('person_email')
    .innerJoin('offboarding_case', 'offboarding_case.person_id', 'person_email.person_id')
    .select('offboarding_case.id')
    .where('person_email.email_key', '=', sql<string>`any(${emails.map(emailKey)}::text[])`)
    .where('person_email.state', '<>', 'recycled')
    .where(sql<boolean>`offboarding_case.id is distinct from ${exceptCase}::uuid`)
    .where(isOpen)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Cases that somebody must look at: due for some seconds, or left behind by a worker that is gone. */
export async function readNeglected(db: Database): Promise<{ id: string; contained: boolean }[]> {
  const rows = await db
    .selectFrom('offboarding_case')
    .select(['id', 'contained_at'])
    .where(isOpen)
    .where((where) =>
      where.or([
        where('look_again_at', '<', sql<Date>`now() - interval '3 seconds'`),
        where('id', 'in', where.selectFrom('step').select('case_id').where('state', '=', 'running').where(workerAlive, '=', false)),
      ]),
    )
    .orderBy('id')
    .limit(1_000)
    .execute();
  return rows.map((row) => ({ id: row.id, contained: row.contained_at !== null }));
}

export function toCase(row: Selectable<CaseTable>): Case {
  return {
    id: row.id,
    personId: row.person_id,
    ...caseSchema.parse(row),
    undoneAt: row.undone_at,
    startsAt: row.starts_at,
    handOverAt: row.hand_over_at,
    confirmBy: row.confirm_by,
    reason: row.reason,
    hold: row.hold,
    openedAt: row.opened_at,
    containedAt: row.contained_at,
    completedAt: row.completed_at,
    lookAgainAt: row.look_again_at,
    follows: row.follows,
  };
}
