import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { CASE_STATES, isFinal } from './case.ts';
import { QUEUES } from './queue.ts';
import { WORKER_TTL_SECONDS } from './step-store.ts';

/** How things stand over all cases, in all processes. */
export interface Overview {
  /** Of every state that is not the end of a case. */
  readonly openCases: ReadonlyMap<string, number>;
  readonly queue: readonly WaitingWakeUps[];
  readonly targetsDown: ReadonlySet<string>;
  /** Those whose heartbeat is fresh. */
  readonly workers: number;
}

/** The wake-ups that wait in a lane. */
export interface WaitingWakeUps {
  readonly lane: string;
  readonly due: number;
  readonly later: number;
  /** For how long the oldest one has been due; 0 when none is. */
  readonly oldestSeconds: number;
}

const rowSchema = z.object({
  cases: z.record(z.string(), z.number()),
  jobs: z.record(z.string(), z.object({ due: z.number(), later: z.number(), oldest: z.number().nullable() })),
  down: z.array(z.string()),
  workers: z.number(),
});

/** Reads all of it at once, so that whoever asks often keeps one connection busy for a moment, and not four. */
export async function readOverview(db: Database): Promise<Overview> {
  const { rows } = await sql`
    select
      (select coalesce(json_object_agg(state, count), '{}') from (
        select state, count(*) from offboarding_case where state not in ('completed', 'cancelled', 'reversed') group by state) as open) as cases,
      (select coalesce(json_object_agg(name, json_build_object('due', due, 'later', later, 'oldest', oldest)), '{}') from (
        select name, count(*) filter (where start_after <= now()) as due, count(*) filter (where start_after > now()) as later,
          extract(epoch from now() - min(start_after) filter (where start_after <= now())) as oldest
        from pgboss.job where state in ('created', 'retry') group by name) as waiting) as jobs,
      array(select target from target_outage) as down,
      (select count(*)::int from worker where heartbeat_at > clock_timestamp() - make_interval(secs => ${WORKER_TTL_SECONDS})) as workers`.execute(
    db,
  );
  const { cases, jobs, down, workers } = rowSchema.parse(rows[0]);
  return {
    openCases: new Map(CASE_STATES.filter((state) => !isFinal(state)).map((state) => [state, cases[state] ?? 0])),
    queue: Object.entries(QUEUES).map(([lane, name]) => {
      const { due = 0, later = 0, oldest = 0 } = jobs[name] ?? {};
      return { lane, due, later, oldestSeconds: oldest ?? 0 };
    }),
    targetsDown: new Set(down),
    workers,
  };
}
