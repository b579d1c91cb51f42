import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import pg from 'pg';
import type { FastioSandbox, Hold } from '../../../src/sandbox/fastio/fastio.ts';
import { eventually } from '../../support/eventually.ts';
import { undo } from '../../support/undo.ts';
import type { Leaver } from './leavers.ts';
import { matcherOf, nameOf, type Point, subjectOf } from './points.ts';

/** Before a call: it has arrived and nothing has happened. During: it has happened, and half of the answer is on its way. After: the answer was read. */
export const MOMENTS = ['before', 'during', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A case that does not move: exactly one of its steps runs, and that stands at one moment of one call. */
export interface Standstill {
  /** To be called when the process is dead: takes what it left behind out of the way, as if the machine had been switched off. */
  clear(): Promise<void>;
}

export interface StandstillNeeds {
  readonly fastio: FastioSandbox;
  readonly databaseUrl: string;
  readonly leaver: Leaver;
  readonly point: Point;
}

/** Begins a case with `begin` and brings it to a standstill; fails when the call never comes. All other cases must be standing still. */
export async function bringToStandstill(
  t: TestContext,
  { fastio, databaseUrl, leaver, point }: StandstillNeeds,
  moment: Moment,
  begin: () => Promise<void>,
): Promise<Standstill> {
  const db = await connect(t, databaseUrl);
  const hold = fastio.pause(matcherOf(point, leaver), moment === 'before' ? 'before-effect' : 'mid-answer', { nth: point.nth });
  await begin();
  await eventually(`the case of ${leaver.email} comes to ${nameOf(point)}`, () => hold.waiting);
  assert.equal(subjectOf(await hold.arrived, leaver), point.subject);
  const stepId = await untilOneStepRuns(db, leaver);
  return moment === 'after' ? await passTheCall(db, fastio, hold, stepId) : { clear: async () => await over(db, hold) };
}

async function connect(t: TestContext, databaseUrl: string): Promise<pg.Client> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  undo(t, async () => await db.end());
  return db;
}

/** Steps that run beside the held one have ended by then. */
async function untilOneStepRuns(db: pg.Client, { email }: Leaver): Promise<string> {
  return await eventually(`one step of ${email} runs`, async () => {
    const { rows } = await db.query<{ id: string }>(
      `select step.id from step join offboarding_case on offboarding_case.id = case_id join person on person.id = person_id
       where step.state = 'running' and person.email = $1`,
      [email],
    );
    return rows.length === 1 ? rows[0]?.id : null;
  });
}

/**
 * Lets the process have the whole answer. Then it either makes its next call, which is held before its effect, or wants to commit the result, which
 * waits for a lock of ours: both show that the answer was read, and neither goes on.
 */
async function passTheCall(db: pg.Client, fastio: FastioSandbox, hold: Hold, stepId: string): Promise<Standstill> {
  const next = fastio.pause('any', 'before-effect');
  await db.query('begin');
  await db.query('select from step where id = $1 for update', [stepId]);
  hold.release();
  await eventually('the answer was read', async () => next.waiting || (await waitingFor(db)).length > 0);
  return {
    clear: async () => {
      // A commit that PostgreSQL has got already would be carried out when the lock goes: its sender died before it could send one.
      for (const pid of await waitingFor(db)) {
        await db.query('select pg_terminate_backend($1, 5000)', [pid]);
      }
      await db.query('rollback');
      await over(db, next);
    },
  };
}

/** The sessions that wait for a lock of this one. */
export async function waitingFor(db: pg.Client): Promise<number[]> {
  // Not from pg_stat_activity, which within a transaction shows what it showed at first.
  const { rows } = await db.query<{ pid: number }>(
    'select distinct pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
  );
  return rows.map(({ pid }) => pid);
}

async function over(db: pg.Client, hold: Hold): Promise<void> {
  hold.drop();
  assert.ok(!hold.waiting);
  await db.end();
}
