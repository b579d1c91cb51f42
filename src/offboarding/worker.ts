import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Target } from '../targets/target.ts';
import { laneOf } from './decide.ts';
import type { Claim, Engine } from './engine.ts';
import type { Queue } from './queue.ts';
import { runStep } from './run-step.ts';
import { createSlots } from './slots.ts';
import { readLeavingAccounts, readNeglected } from './store.ts';
import type { Capacity, CaseEvent } from './transition.ts';
import type { WorkerSession } from './worker-session.ts';

const SIZE = { contain: 40, bulk: 20 } as const;
const SWEEP_MS = 2_000;

/** Carries out the steps of cases: woken by the queue, and by a sweep of its own that finds what no wake-up told of. */
export interface Worker {
  start(): Promise<void>;
  /** Starts nothing new, gives running steps `graceMs` to end, hands the rest to other workers. */
  stop(graceMs: number): Promise<void>;
  /** Whether it has a living session and listens. */
  isReady(): boolean;
}

export interface WorkerNeeds {
  readonly db: Database;
  readonly engine: Engine;
  readonly queue: Queue;
  readonly targets: ReadonlyMap<string, Target>;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws when this process may no longer act for its steps. */
  readonly beforeCall: () => void;
  readonly openSession: (onLost: () => void) => Promise<WorkerSession>;
}

interface Running {
  readonly claim: Claim;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export function createWorker(needs: WorkerNeeds): Worker {
  const { engine, queue, clock, log } = needs;
  const slots = createSlots(SIZE);
  const running = new Map<string, Running>();
  const stopping = new AbortController();
  let session: WorkerSession | null = null;
  let sweeping: Promise<void> = Promise.resolve();

  const capacity = (): Capacity | null =>
    session ? { workerId: session.workerId, free: stopping.signal.aborted ? { contain: 0, bulk: 0 } : slots.free() } : null;

  const look = async (caseId: string): Promise<void> => {
    const { claims } = await engine.advance(caseId, { type: 'wake' }, capacity());
    launch(claims);
  };

  const launch = (claims: readonly Claim[]): void => {
    for (const claim of claims) {
      const abort = new AbortController();
      slots.take(laneOf(claim.step));
      const ended = carryOut(claim, abort.signal)
        .catch((error: unknown) =>
          log.error({ err: error, step: claim.step.id }, 'a result could not be kept; the step is taken over and looked up'),
        )
        .finally(() => {
          running.delete(claim.step.id);
          slots.give(laneOf(claim.step));
        });
      running.set(claim.step.id, { claim, abort, ended });
    }
  };

  const carryOut = async (claim: Claim, signal: AbortSignal): Promise<void> => {
    const { step, steps, person, caseId } = claim;
    const target = needs.targets.get(step.target);
    const leavingAccounts = laneOf(step) === 'contain' ? new Set<string>() : await readLeavingAccounts(needs.db, step.target, caseId);
    const startedAt = clock.monotonic();
    const result = await runStep({ step, target, person, steps, leavingAccounts, signal, beforeCall: needs.beforeCall, log });
    const facts = {
      caseId,
      step: step.id,
      target: step.target,
      action: step.action,
      attempt: step.attempts,
      tookMs: Math.round(clock.monotonic() - startedAt),
    };
    log.info({ ...facts, result: result.kind }, 'step ended');
    await report(claim, { type: 'result', stepId: step.id, epoch: step.epoch, result }, signal);
  };

  /** Keeps a result, however long the database is away; given up only when the claim is lost. */
  const report = async (claim: Claim, event: CaseEvent, signal: AbortSignal): Promise<void> => {
    for (let delay = 50; ; delay = Math.min(delay * 2, 2_000)) {
      signal.throwIfAborted();
      try {
        launch((await engine.advance(claim.caseId, event, capacity())).claims);
        return;
      } catch (error) {
        log.warn({ err: error, step: claim.step.id }, 'a result could not be stored; it is tried again');
        await clock.sleep(delay, signal);
      }
    }
  };

  const openSession = async (): Promise<void> => {
    while (!stopping.signal.aborted && session === null) {
      try {
        session = await needs.openSession(onLost);
      } catch (error) {
        log.warn({ err: error }, 'the worker cannot reach the database; it is tried again');
        await clock.sleep(1_000, stopping.signal).catch(() => undefined);
      }
    }
  };

  const onLost = (): void => {
    session = null;
    for (const { abort } of running.values()) {
      abort.abort(new Error('the worker lost its claims'));
    }
    void openSession();
  };

  const sweep = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const neglected = await readNeglected(needs.db);
        await inTransaction(
          needs.db,
          async (tx) =>
            await queue.wake(
              tx,
              neglected.map(({ id, contained }) => ({ caseId: id, lane: contained ? 'bulk' : 'contain' })),
            ),
        );
      } catch (error) {
        log.warn({ err: error }, 'the search for neglected cases failed; it is tried again');
      }
      await clock.sleep(SWEEP_MS, stopping.signal).catch(() => undefined);
    }
  };

  const drain = async (graceMs: number): Promise<void> => {
    const grace = new AbortController();
    await Promise.race([
      Promise.all([...running.values()].map(({ ended }) => ended)),
      clock.sleep(graceMs, grace.signal).catch(() => undefined),
    ]);
    grace.abort();
    await Promise.all([...running.values()].map(handOver));
  };

  const handOver = async ({ claim, abort, ended }: Running): Promise<void> => {
    abort.abort(new Error('the worker stops'));
    await ended;
    await engine
      .advance(claim.caseId, { type: 'released', stepId: claim.step.id, epoch: claim.step.epoch }, null)
      .catch((error: unknown) => {
        log.warn({ err: error, step: claim.step.id }, 'a step could not be handed over; another worker finds it by itself');
      });
  };

  return {
    start: async () => {
      await openSession();
      for (const lane of ['contain', 'bulk'] as const) {
        await queue.listen(lane, async (caseIds) => {
          await slots.room(lane, stopping.signal);
          stopping.signal.throwIfAborted();
          await Promise.all(caseIds.map(look));
        });
      }
      sweeping = sweep();
    },
    stop: async (graceMs) => {
      stopping.abort(new Error('the worker stops'));
      await drain(graceMs);
      await sweeping;
      await session?.close();
    },
    isReady: () => session !== null && !stopping.signal.aborted,
  };
}
