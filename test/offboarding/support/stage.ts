import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import { type Database, inTransaction, openDatabase } from '../../../src/database/database.ts';
import { createDirectory, type Person } from '../../../src/directory/directory.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { createLog } from '../../../src/kernel/log.ts';
import { createLedger, type Ledger } from '../../../src/ledger/ledger.ts';
import type { Tell } from '../../../src/notifications/notifications.ts';
import type { Case, Step } from '../../../src/offboarding/case.ts';
import { createEngine, type Engine, type EngineNeeds } from '../../../src/offboarding/engine.ts';
import { type OpenRequest, openOrJoin } from '../../../src/offboarding/open.ts';
import type { Plannable } from '../../../src/offboarding/plan.ts';
import type { Policy } from '../../../src/offboarding/policy.ts';
import { createQueue, type Queue } from '../../../src/offboarding/queue.ts';
import { readSteps } from '../../../src/offboarding/step-store.ts';
import { toCase } from '../../../src/offboarding/store.ts';
import { freshDatabase } from '../../support/database.ts';
import { FILES, NO_OUTAGES, POLICY, stepOf } from './cases.ts';

export const SILENT = createLog({ level: 'silent' });
export const TELLS_NOBODY = (): void => undefined;
/** A worker that only claims; nothing runs what it has claimed. */
export const CLAIMER = { workerId: '00000000-0000-4000-8000-000000000001', free: { contain: 10, bulk: 10 } };

export interface Stage {
  /** What is to be closed before the database goes, the last one first. */
  readonly closers: Closers;
  readonly url: string;
  readonly db: Database;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly engine: Engine;
  readonly tell: Tell;
  readonly policy: Policy;
  /** The same parts, some of them replaced. */
  engineWith(parts: Partial<EngineNeeds>): Engine;
  /** Opens or joins the case of whoever has the e-mail, in a transaction of its own. */
  open(email: string, request?: Partial<Omit<OpenRequest, 'person'>>): Promise<string>;
  caseOf(id: string): Promise<Case>;
  stepsOf(id: string): Promise<Step[]>;
  step(caseId: string, name: string): Promise<Step>;
  /** Everything that is stored of all cases: what must stay the same when nothing may have changed. */
  everything(): Promise<string>;
  /** The wake-ups that wait in pg-boss. */
  wakeUps(): Promise<{ queue: string; caseId: string; later: boolean }[]>;
}

export type Closers = (() => Promise<void>)[];

export interface StageOptions {
  readonly targets?: readonly Plannable[];
  readonly policy?: Partial<Policy>;
  /** Whom changes are told to; nobody where it is left out. */
  readonly tell?: Tell;
  /** A database that exists already, for a second process beside the first. */
  readonly beside?: Stage;
}

/** The engine on a real database with a real queue, and nobody who works. */
export async function openStage(
  t: TestContext,
  { targets = [FILES], policy, tell = TELLS_NOBODY, beside }: StageOptions = {},
): Promise<Stage> {
  const closers = beside?.closers ?? closeAtEnd(t);
  const { url, db } = beside ? { url: beside.url, db: openBeside(beside) } : await freshDatabase(t);
  const ledger = createLedger({ db, clock: systemClock, log: SILENT });
  const queue = await openQueue({ url, closers }, false);
  const needs = {
    db,
    ledger,
    queue,
    targets,
    policy: { ...POLICY, ...policy },
    newId,
    random: () => 0.5,
    confirmers: [],
    log: SILENT,
    tell,
    outages: () => NO_OUTAGES,
  };
  const engine = createEngine(needs);
  const stepsOf = async (id: string): Promise<Step[]> => (await readSteps(db, [id])).get(id) ?? [];
  return {
    closers,
    url,
    db,
    ledger,
    queue,
    engine,
    tell,
    policy: needs.policy,
    engineWith: (parts) => createEngine({ ...needs, ...parts }),
    open: async (email, request = {}) =>
      await inTransaction(db, async (tx) => {
        const [found] = await createDirectory({ newId }).resolve(tx, [{ connection: null, subject: { id: null, email, name: null } }]);
        const person = found?.kind === 'person' ? found.person : ({} as Person);
        const whole = {
          person,
          playbook: 'offboard' as const,
          by: 'it-desk',
          reason: 'because',
          contradiction: null,
          startsAt: null,
          confirmBy: [],
          insists: true,
          ...request,
        };
        return (await openOrJoin({ ...needs, engine }, tx, [whole])).get(person.id) ?? '';
      }),
    caseOf: async (id) => toCase(await db.selectFrom('offboarding_case').selectAll().where('id', '=', id).executeTakeFirstOrThrow()),
    stepsOf,
    step: async (id, name) => stepOf(await stepsOf(id), name),
    everything: async () => await dump(db),
    wakeUps: async () => await readWakeUps(db),
  };
}

/** Registered before the database is made, so that it runs before the database is dropped. */
function closeAtEnd(t: TestContext): Closers {
  const closers: Closers = [];
  t.after(async () => {
    for (const close of closers.splice(0).reverse()) {
      await close();
    }
  });
  return closers;
}

export async function openQueue({ url, closers }: Pick<Stage, 'url' | 'closers'>, works: boolean): Promise<Queue> {
  const queue = createQueue({ url, log: SILENT, works });
  await queue.start();
  closers.push(async () => await queue.stop());
  return queue;
}

/** The database of another process. */
export function openBeside({ url, closers }: Pick<Stage, 'url' | 'closers'>): Database {
  const db = openDatabase({ url, log: SILENT, maxConnections: 5 });
  closers.push(async () => await db.destroy());
  return db;
}

async function dump(db: Database): Promise<string> {
  const rows = await Promise.all([
    db.selectFrom('offboarding_case').selectAll().orderBy('id').execute(),
    db.selectFrom('step').selectAll().orderBy('id').execute(),
    db.selectFrom('ledger_entry').selectAll().orderBy('id').execute(),
    readWakeUps(db),
  ]);
  return JSON.stringify(rows);
}

async function readWakeUps(db: Database): Promise<{ queue: string; caseId: string; later: boolean }[]> {
  const { rows } = await sql<{ queue: string; caseId: string; later: boolean }>`
    select name as queue, data->>'caseId' as "caseId", start_after > now() as later
    from pgboss.job where state = 'created' order by name, start_after, id`.execute(db);
  return rows;
}
