import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import type { CaseTable, StepTable } from '../database/schema.ts';
import { ERROR_CODES, type ErrorCode } from '../kernel/errors.ts';
import { OUTCOMES, PHASES, type Playbook } from '../targets/target.ts';
import { CASE_STATES, type Case, type CaseState, type Snapshot, STEP_STATES, type Step, UNDOS } from './case.ts';

/** Class of the session-level advisory locks by which a living worker is told from one whose process is gone. */
export const WORKER_LOCK_CLASS = 7_305_262;
/** A worker that has not been heard of for so long may be replaced; it stops by itself well before. */
export const WORKER_TTL_SECONDS = 15;

/** Spelled out, not given as values: PostgreSQL recognises the condition of the index only so, also in a statement that it keeps parsed. */
const isOpen = sql<boolean>`offboarding_case.state not in ('completed', 'cancelled', 'reversed')`;

const errorCode = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

const stepSchema = z.object({
  phase: z.enum(PHASES),
  state: z.enum(STEP_STATES),
  outcome: z.enum(OUTCOMES).nullable(),
  error: z
    .object({ code: errorCode, message: z.string(), status: z.number().exactOptional(), targetCode: z.string().exactOptional() })
    .nullable(),
  facts: z.record(z.string(), z.json()),
});
const caseSchema = z.object({ playbook: z.enum(['offboard', 'contain']), state: z.enum(CASE_STATES), undo: z.enum(UNDOS).nullable() });

export interface PersonName {
  readonly email: string;
  readonly name: string | null;
}

/**
 * Reads a case and its steps and keeps every other writer of the case out until the transaction ends. `asker` is the worker that asks, if it is one:
 * that one lives.
 */
export function lockCase(db: Database, caseId: string, asker: string | null) {
  const lock = db
    .selectFrom('offboarding_case')
    .innerJoin('person', 'person.id', 'offboarding_case.person_id')
    .selectAll('offboarding_case')
    .select(['person.email', 'person.name'])
    .where('offboarding_case.id', '=', caseId)
    .forUpdate('offboarding_case');
  // One query could not do both: its steps would be those from before the wait for the lock.
  return [lock.compile(), stepsOf(db, [caseId], asker).compile()] as const;
}

/** What the queries of `lockCase` have found; null when there is no such case. */
export function toLocked([row]: readonly LockedRow[], steps: readonly StepRow[]): LockedCase | null {
  return row ? { snapshot: { case: toCase(row), steps: steps.map(toStep) }, person: { email: row.email, name: row.name } } : null;
}

export interface LockedCase {
  readonly snapshot: Snapshot;
  readonly person: PersonName;
}

type LockedRow = Selectable<CaseTable> & PersonName;
type StepRow = Selectable<StepTable> & { readonly worker_alive: boolean };

/** The steps of cases, each list in the order of the plan. */
export async function readSteps(db: Database, caseIds: readonly string[]): Promise<Map<string, Step[]>> {
  if (caseIds.length === 0) {
    return new Map();
  }
  const byCase = new Map<string, Step[]>();
  for (const row of await stepsOf(db, caseIds, null).execute()) {
    const steps = byCase.get(row.case_id) ?? [];
    byCase.set(row.case_id, steps);
    steps.push(toStep(row));
  }
  return byCase;
}

function stepsOf(db: Database, caseIds: readonly string[], asker: string | null) {
  return db
    .selectFrom('step')
    .selectAll('step')
    .select(sql<boolean>`(coalesce(step.worker_id = ${asker}::uuid, false) or ${workerAlive})`.as('worker_alive'))
    .where('case_id', '=', sql<string>`any(${caseIds}::uuid[])`)
    .orderBy('position');
}

/** A worker lives while its heartbeat is fresh and its session still holds its lock; the lock goes with the process, at once. */
const workerAlive = sql<boolean>`(step.worker_id is not null and exists (
  select from worker where worker.id = step.worker_id
    and worker.heartbeat_at > clock_timestamp() - make_interval(secs => ${WORKER_TTL_SECONDS})
    and exists (select from pg_locks where locktype = 'advisory' and granted and classid = ${WORKER_LOCK_CLASS} and objid::bigint = worker.lock_key::bigint
      and database = (select oid from pg_database where datname = current_database()))))`;

export function updateCase(tx: Tx, subject: Case): void {
  const update = tx.sql
    .updateTable('offboarding_case')
    .set({
      playbook: subject.playbook,
      state: subject.state,
      reason: subject.reason,
      hold: subject.hold,
      undo: subject.undo,
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

export function insertSteps(tx: Tx, caseId: string, steps: readonly Step[]): void {
  const rows = steps.map((step) => ({ id: step.id, case_id: caseId, ...fixedColumns(step), ...changingColumns(step) }));
  postRows(tx, 'step', rows);
}

/** A step as it is to be, and the epoch with which it was read. */
export interface StepChange {
  readonly step: Step;
  readonly seenEpoch: number;
}

/** Writes steps whose epochs still are those that were read. When another writer came first for any of them, the transaction fails and is run again. */
export function updateSteps(tx: Tx, changes: readonly StepChange[]): void {
  if (changes.length > 0) {
    const rows = changes.map(({ step, seenEpoch }) => ({ id: step.id, seen_epoch: seenEpoch, ...changingColumns(step) }));
    const update = sql`
      with changed as (
        update step set state = new.state, outcome = new.outcome, epoch = new.epoch, attempts = new.attempts, worker_id = new.worker_id,
          started_at = new.started_at, finished_at = new.finished_at, schedule_attempts = new.schedule_attempts,
          schedule_started_at = new.schedule_started_at, schedule_waited_ms = new.schedule_waited_ms, next_attempt_at = new.next_attempt_at, error = new.error, facts = new.facts
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (id uuid, seen_epoch integer, state text, outcome text, epoch integer,
          attempts integer, worker_id uuid, started_at timestamptz, finished_at timestamptz, schedule_attempts integer,
          schedule_started_at timestamptz, schedule_waited_ms integer, next_attempt_at timestamptz, error jsonb, facts jsonb)
        where step.id = new.id and step.epoch = new.seen_epoch
        returning step.id)
      select leaver_expect_rows((select count(*) from changed), ${changes.length}::bigint)`;
    tx.post(update.compile(tx.sql));
  }
}

function fixedColumns(step: Step) {
  return {
    position: step.position,
    target: step.target,
    phase: step.phase,
    action: step.action,
    subject: step.subject,
    after: [...step.after],
    undoes: step.undoes,
  };
}

function changingColumns(step: Step) {
  return {
    state: step.state,
    outcome: step.outcome,
    epoch: step.epoch,
    attempts: step.attempts,
    worker_id: step.workerId,
    started_at: step.startedAt,
    finished_at: step.finishedAt,
    schedule_attempts: step.scheduleAttempts,
    schedule_started_at: step.scheduleStartedAt,
    schedule_waited_ms: step.scheduleWaitedMs,
    next_attempt_at: step.nextAttemptAt,
    error: step.error && { ...step.error },
    facts: step.facts,
  };
}

export interface NewCase {
  readonly id: string;
  readonly personId: string;
  readonly playbook: Playbook;
  readonly hold: string | null;
  readonly startsAt: Date | null;
  readonly handOverAt: Date | null;
  readonly confirmBy: readonly string[];
  readonly openedBy: string;
  readonly openedReason: string | null;
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
    follows: made.follows,
    look_again_at: tx.now,
    updated_at: tx.now,
  }));
  postRows(tx, 'offboarding_case', given);
}

/** The open case of each person, locked in one order so that two transactions never wait for each other crosswise. */
export async function lockOpenCases(tx: Tx, personIds: readonly string[]): Promise<Map<string, Case>> {
  if (personIds.length === 0) {
    return new Map();
  }
  const rows = await tx.sql
    .selectFrom('offboarding_case')
    .selectAll()
    .where('person_id', '=', sql<string>`any(${personIds}::uuid[])`)
    .where(isOpen)
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.person_id, toCase(row)]));
}

/** A case that is over. */
export type OverCase = Pick<Case, 'id' | 'state' | 'playbook'>;

/** The latest case of each person, where it is over. */
export async function readOver(tx: Tx, personIds: readonly string[]): Promise<Map<string, OverCase>> {
  if (personIds.length === 0) {
    return new Map();
  }
  const rows = await tx.sql
    .selectFrom('offboarding_case')
    .distinctOn('person_id')
    .selectAll()
    .where('person_id', '=', sql<string>`any(${personIds}::uuid[])`)
    .where(sql<boolean>`not ${isOpen}`)
    .orderBy('person_id')
    .orderBy('opened_at', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.person_id, toCase(row)]));
}

/** Account ids (by target) of everybody else whose offboarding is open: they are never chosen as a successor. */
export async function readLeavingAccounts(db: Database, target: string, exceptCase: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('step')
    .innerJoin('offboarding_case', 'offboarding_case.id', 'step.case_id')
    .select(sql<string | null>`step.facts->>'userId'`.as('account'))
    .where('step.target', '=', target)
    .where('step.phase', '=', 'resolve')
    .where('step.case_id', '<>', exceptCase)
    .where(isOpen)
    .execute();
  return new Set(rows.flatMap((row) => (row.account === null ? [] : [row.account])));
}

/** The steps that stand as running with a worker. */
export async function readHeldSteps(db: Database, workerId: string): Promise<{ caseId: string; id: string; epoch: number }[]> {
  return await db
    .selectFrom('step')
    .select(['case_id as caseId', 'id', 'epoch'])
    .where('worker_id', '=', workerId)
    .where('state', '=', 'running')
    .execute();
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

function toStep(row: StepRow): Step {
  return {
    id: row.id,
    position: row.position,
    target: row.target,
    action: row.action,
    subject: row.subject,
    after: row.after,
    undoes: row.undoes,
    epoch: row.epoch,
    attempts: row.attempts,
    workerId: row.worker_id,
    workerAlive: row.worker_alive,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    scheduleAttempts: row.schedule_attempts,
    scheduleStartedAt: row.schedule_started_at,
    scheduleWaitedMs: row.schedule_waited_ms,
    nextAttemptAt: row.next_attempt_at,
    ...stepSchema.parse(row),
  };
}
