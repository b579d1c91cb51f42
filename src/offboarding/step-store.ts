import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import type { StepTable } from '../database/schema.ts';
import { ERROR_CODES, type ErrorCode } from '../kernel/errors.ts';
import { OUTCOMES, PHASES } from '../targets/target.ts';
import { STEP_STATES, type Step } from './case.ts';

/** Class of the session-level advisory locks by which a living worker is told from one whose process is gone. */
export const WORKER_LOCK_CLASS = 7_305_262;

/** A worker that has not been heard of for so long may be replaced; it stops by itself well before. */
export const WORKER_TTL_SECONDS = 15;

const errorCode = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

const stepSchema = z.object({
  phase: z.enum(PHASES),
  state: z.enum(STEP_STATES),
  outcome: z.enum(OUTCOMES).nullable(),
  error: z
    .object({
      code: errorCode,
      message: z.string(),
      status: z.number().exactOptional(),
      targetCode: z.string().exactOptional(),
      retryAfterMs: z.number().exactOptional(),
    })
    .nullable(),
  facts: z.record(z.string(), z.json()),
});

export type StepRow = Selectable<StepTable> & { readonly worker_alive: boolean };

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

export function stepsOf(db: Database, caseIds: readonly string[], asker: string | null) {
  return db
    .selectFrom('step')
    .selectAll('step')
    .select(sql<boolean>`(coalesce(step.worker_id = ${asker}::uuid, false) or ${workerAlive})`.as('worker_alive'))
    .where('case_id', '=', sql<string>`any(${caseIds}::uuid[])`)
    .orderBy('position');
}

/** A worker lives while its heartbeat is fresh and its session still holds its lock; the lock goes with the process, at once. */
export const workerAlive = sql<boolean>`(step.worker_id is not null and exists (
  select from worker where worker.id = step.worker_id
    and worker.heartbeat_at > clock_timestamp() - make_interval(secs => ${WORKER_TTL_SECONDS})
    and exists (select from pg_locks where locktype = 'advisory' and granted and classid = ${WORKER_LOCK_CLASS} and objid::bigint = worker.lock_key::bigint
      and database = (select oid from pg_database where datname = current_database()))))`;

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
    const ids = changes.map(({ step }) => step.id);
    const rows = changes.map(({ step, seenEpoch }) => ({ id: step.id, seen_epoch: seenEpoch, ...changingColumns(step) }));
    const update = sql`
      with changed as (
        update step set state = new.state, outcome = new.outcome, epoch = new.epoch, attempts = new.attempts, worker_id = new.worker_id,
          started_at = new.started_at, finished_at = new.finished_at, schedule_attempts = new.schedule_attempts,
          schedule_started_at = new.schedule_started_at, schedule_waited_ms = new.schedule_waited_ms, next_attempt_at = new.next_attempt_at, error = new.error, facts = new.facts
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (id uuid, seen_epoch integer, state text, outcome text, epoch integer,
          attempts integer, worker_id uuid, started_at timestamptz, finished_at timestamptz, schedule_attempts integer,
          schedule_started_at timestamptz, schedule_waited_ms integer, next_attempt_at timestamptz, error jsonb, facts jsonb)
        where step.id = any(${ids}::uuid[]) and step.id = new.id and step.epoch = new.seen_epoch
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

/** The steps that stand as running with a worker. */
export async function readHeldSteps(db: Database, workerId: string): Promise<{ caseId: string; id: string; epoch: number }[]> {
  return await db
    .selectFrom('step')
    .select(['case_id as caseId', 'id', 'epoch'])
    .where('worker_id', '=', workerId)
    .where('state', '=', 'running')
    .execute();
}

export function toStep(row: StepRow): Step {
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
