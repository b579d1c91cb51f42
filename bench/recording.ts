import path from 'node:path';
import { type Database, inTransaction, openDatabase } from '../src/database/database.ts';
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.ts';
import { migrate } from '../src/database/migrate.ts';
import { createDirectory } from '../src/directory/directory.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { newId } from '../src/kernel/ids.ts';
import { createLog } from '../src/kernel/log.ts';
import { createLedger, type Ledger } from '../src/ledger/ledger.ts';
import { createEngine, type Engine, type EngineNeeds } from '../src/offboarding/engine.ts';
import { openOrJoin } from '../src/offboarding/open.ts';
import type { Plannable } from '../src/offboarding/plan.ts';
import { createQueue } from '../src/offboarding/queue.ts';
import type { Phase } from '../src/targets/target.ts';

const PAIRS = 30;
const CROWD = 60;
const CROWD_ROUNDS = 5;

const PHASES_OF_A_CASE: readonly Phase[] = [
  'resolve',
  'contain',
  'contain',
  'inventory',
  'cleanup',
  'cleanup',
  'remove',
  'verify',
  'notify',
];

/** A target with one step after the other. */
const TARGET: Plannable = {
  id: 'files',
  actions: PHASES_OF_A_CASE.map((phase, index) => ({
    action: `step-${index}`,
    phase,
    after: index === 0 ? [] : [`step-${index - 1}`],
    playbooks: ['offboard'],
    observed: 'in a list',
  })),
};

const WORKER = { workerId: '00000000-0000-4000-8000-000000000001', free: { contain: 100, bulk: 100 } };

export interface Recording {
  /** Milliseconds of database time that a step takes, of one pair each: with the ledger, and the same without it. */
  readonly recorded: readonly number[];
  readonly bare: readonly number[];
  /** Steps a second while many cases are worked at once, of one pair of rounds each. */
  readonly crowdRecorded: readonly number[];
  readonly crowdBare: readonly number[];
}

interface Stage {
  readonly recording: Engine;
  readonly bare: Engine;
  open(): Promise<string>;
}

/**
 * What recording costs: the engine takes cases through all their steps on a real database, once with the ledger and once without it, in turns. A step
 * is started and finished in transactions of its own, so what is measured is all that the database does for it.
 */
export async function measureRecording(folder: string): Promise<Recording> {
  const log = createLog({ level: 'silent' });
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'recording'), log });
  const db = openDatabase({ url: postgres.url, log });
  const queue = createQueue({ url: postgres.url, log, works: false });
  try {
    await migrate(db);
    await queue.start();
    const ledger = createLedger({ db, clock: systemClock, log });
    const needs = engineNeeds(db, queue, ledger, log);
    const stage = {
      recording: createEngine(needs),
      bare: createEngine({ ...needs, ledger: { ...ledger, append: () => undefined } }),
      open: async () => await openCase(needs),
    };
    const stop = ledger.keepSealed();
    const measured = await measure(stage);
    await stop();
    return measured;
  } finally {
    await queue.stop();
    await db.destroy();
    await postgres.stop();
  }
}

function engineNeeds(db: Database, queue: EngineNeeds['queue'], ledger: Ledger, log: EngineNeeds['log']): EngineNeeds {
  const stepRetry = { minDelayMs: 1_000, maxDelayMs: 60_000, deadlineMs: 600_000 };
  const policy = { graceSeconds: 0, protected: [], stepRetry, transfersAtOnce: 2 };
  return {
    db,
    queue,
    ledger,
    log,
    policy,
    targets: [TARGET],
    confirmers: [],
    newId,
    random: Math.random,
    outages: () => new Map(),
    tell: () => undefined,
  };
}

let people = 0;

async function openCase(needs: EngineNeeds): Promise<string> {
  people += 1;
  const email = `leaver${people}@bench.example`;
  return await inTransaction(needs.db, async (tx) => {
    const [found] = await createDirectory({ newId }).resolve(tx, [{ connection: null, subject: { id: null, email, name: null } }]);
    if (found?.kind !== 'person') {
      throw new Error('the person could not be made');
    }
    const asked = {
      playbook: 'offboard',
      by: 'bench',
      reason: 'bench',
      contradiction: null,
      startsAt: null,
      confirmBy: [],
      insists: true,
    } as const;
    const cases = await openOrJoin({ ...needs, engine: createEngine(needs) }, tx, [{ ...asked, person: found.person }]);
    return cases.get(found.person.id) ?? '';
  });
}

async function measure({ recording, bare, open }: Stage): Promise<Recording> {
  const result = { recorded: [] as number[], bare: [] as number[], crowdRecorded: [] as number[], crowdBare: [] as number[] };
  for (let pair = -3; pair < PAIRS; pair += 1) {
    const opened = [await open(), await open()] as const;
    const first = await timeOf(async () => await workThrough(recording, opened[0]));
    const second = await timeOf(async () => await workThrough(bare, opened[1]));
    if (pair >= 0) {
      result.recorded.push(first / PHASES_OF_A_CASE.length);
      result.bare.push(second / PHASES_OF_A_CASE.length);
    }
  }
  for (let round = -1; round < CROWD_ROUNDS; round += 1) {
    const [first, second] = [await crowd(recording, open), await crowd(bare, open)];
    if (round >= 0) {
      result.crowdRecorded.push(first);
      result.crowdBare.push(second);
    }
  }
  return result;
}

async function crowd(engine: Engine, open: () => Promise<string>): Promise<number> {
  const cases = await Promise.all(Array.from({ length: CROWD }, open));
  const ms = await timeOf(async () => await Promise.all(cases.map(async (caseId) => await workThrough(engine, caseId))));
  return (CROWD * PHASES_OF_A_CASE.length * 1_000) / ms;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Takes a case through all its steps: as a worker does, whose targets answer at once. */
async function workThrough(engine: Engine, caseId: string): Promise<void> {
  let { claims } = await engine.advance(caseId, { type: 'wake' }, WORKER);
  for (let claim = claims[0]; claim; claim = claims[0]) {
    const result = { kind: 'done', outcome: 'verified', facts: { userId: 'u1', workspaces: 2 } } as const;
    ({ claims } = await engine.advance(caseId, { type: 'result', stepId: claim.step.id, epoch: claim.step.epoch, result }, WORKER));
  }
}
