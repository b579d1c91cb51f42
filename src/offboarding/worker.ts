import { inTransaction, isDatabaseUnavailable, isTransactionConflict } from '../database/database.ts';
import { messageOf } from '../kernel/errors.ts';
import { type Observe, unobserved } from '../kernel/observe.ts';
import { type OpenSpan, traced } from '../kernel/trace.ts';
import { createTrail, type Trail } from '../outbound/outbound.ts';
import type { ActionResult } from '../targets/target.ts';
import { type CarryOutNeeds, carryOut, outcomeOf } from './carry-out.ts';
import type { Step } from './case.ts';
import { type Lane, laneOf } from './decide.ts';
import type { Claim, Engine } from './engine.ts';
import { createLoops } from './loops.ts';
import { dropExpiredAnswers } from './once-store.ts';
import type { OutageWatch } from './outages.ts';
import type { Queue } from './queue.ts';
import { createSlots } from './slots.ts';
import { readHeldSteps } from './step-store.ts';
import { readNeglected } from './store.ts';
import type { CaseEvent } from './transition.ts';
import type { WorkerSession } from './worker-session.ts';

const SIZE = { contain: 40, bulk: 20 } as const;
const SWEEP_MS = 2_000;
const WATCH_MS = 1_000;
const FORGET_MS = 600_000;

/** Carries out the steps of cases: woken by the queue, and by a sweep of its own that finds what no wake-up told of. */
export interface Worker {
  start(): Promise<void>;
  /** Starts nothing new, gives running steps `graceMs` to end, hands the rest to other workers. */
  stop(graceMs: number): Promise<void>;
  /** Why it does not do its work: it has no living session, or one of its loops has not turned for half a minute. Null while it does. */
  idleBecause(): string | null;
}

export interface WorkerNeeds extends CarryOutNeeds {
  readonly engine: Engine;
  readonly queue: Queue;
  readonly openSession: (onLost: () => void) => Promise<WorkerSession>;
  readonly watch: OutageWatch;
  /** Looks whether people whose cases are over are there again. */
  readonly recheck: (signal: AbortSignal) => Promise<void>;
  readonly observe?: Observe;
}

interface Running {
  readonly claim: Claim;
  readonly abort: AbortController;
  readonly trail: Trail;
  readonly ended: Promise<void>;
}

export function createWorker(needs: WorkerNeeds): Worker {
  const { engine, queue, clock, log, observe = unobserved } = needs;
  const slots = createSlots(SIZE);
  const running = new Map<string, Running>();
  const advancing = new Set<{ readonly caseId: string; readonly ended: Promise<void> }>();
  const stopping = new AbortController();
  let session: WorkerSession | null = null;
  let opening: Promise<void> = Promise.resolve();
  const loops = createLoops({ clock, log, signal: stopping.signal });

  /**
   * Applies an event to a case and runs what was claimed by it. The room for the claims is set aside before: many cases looked at side by side
   * would otherwise each count on the same room.
   */
  const claimFrom = async (caseId: string, event: CaseEvent, sharers: number): Promise<void> => {
    const workerId = session?.workerId;
    const free = stopping.signal.aborted ? { contain: 0, bulk: 0 } : slots.reserve(sharers);
    let claims: readonly Claim[] = [];
    try {
      ({ claims } = await engine.advance(caseId, event, workerId === undefined ? null : { workerId, free }));
    } finally {
      for (const lane of ['contain', 'bulk'] as const) {
        slots.give(lane, free[lane] - claims.filter(({ step }) => laneOf(step) === lane).length);
      }
    }
    launch(claims);
  };

  /** The same, remembered while it goes on: what it claims is in our hands already. */
  const advance = async (caseId: string, event: CaseEvent, sharers: number): Promise<void> => {
    const work = { caseId, ended: claimFrom(caseId, event, sharers) };
    advancing.add(work);
    await work.ended.finally(() => advancing.delete(work));
  };

  const launch = (claims: readonly Claim[]): void => {
    for (const claim of claims) {
      const abort = new AbortController();
      const trail = createTrail();
      if (claim.step.workerId !== session?.workerId) {
        // The session was lost while the claim was made: the step is with others already, or will be.
        abort.abort(new Error('the worker lost its claims'));
      }
      const { step, caseId, traceparent: parent } = claim;
      const attributes = { 'leaver.case': caseId, 'leaver.step': step.id, 'leaver.target': step.target, 'leaver.attempt': step.attempts };
      const ended = traced(
        `step ${step.action}`,
        { parent, attributes },
        async (span) => await attemptAndReport(claim, trail, abort.signal, span),
      )
        .catch((error: unknown) =>
          log.error({ err: error, step: claim.step.id }, 'a result could not be kept; the step is taken over and looked up'),
        )
        .finally(() => {
          running.delete(keyOf(claim.step));
          slots.give(laneOf(claim.step), 1);
        });
      running.set(keyOf(claim.step), { claim, abort, trail, ended });
    }
  };

  const attemptAndReport = async (claim: Claim, trail: Trail, signal: AbortSignal, span: OpenSpan): Promise<void> => {
    signal.throwIfAborted();
    const { step, caseId } = claim;
    const { result, tookMs } = await carryOut(needs, claim, { trail, span, signal });
    await needs.watch.note(step.target, result.kind === 'retry-later' && result.targetDown === true);
    await report(claim, result, trail, signal);
    const facts = { caseId, step: step.id, target: step.target, action: step.action, attempt: step.attempts, tookMs: Math.round(tookMs) };
    log.info({ ...facts, result: result.kind }, 'step ended');
    observe({ kind: 'attempt-ended', target: step.target, action: step.action, outcome: outcomeOf(result), seconds: tookMs / 1_000 });
  };

  /** Keeps a result, however long the database is away; given up only when the claim is lost. */
  const report = async ({ caseId, step }: Claim, result: ActionResult, trail: Trail, signal: AbortSignal): Promise<void> => {
    const attempt = { stepId: step.id, epoch: step.epoch, told: trail.told() };
    let kept = result;
    for (let delay = 50; ; delay = Math.min(delay * 2, 2_000)) {
      signal.throwIfAborted();
      try {
        await advance(caseId, { type: 'result', ...attempt, result: kept }, 1);
        return;
      } catch (error) {
        log.warn({ err: error, step: step.id }, 'a result could not be stored; it is tried again');
        kept = isDatabaseUnavailable(error) || isTransactionConflict(error) ? kept : refusedUnstorable(step, error);
        await clock.sleep(delay, signal);
      }
    }
  };

  const roomNow = (): number => (session === null || stopping.signal.aborted ? 0 : Math.max(0, slots.free().contain));

  const lookAtOnce = (caseIds: readonly string[]): void => {
    for (const [index, caseId] of caseIds.entries()) {
      advance(caseId, { type: 'wake' }, caseIds.length - index).catch((error: unknown) =>
        log.warn({ err: error, caseId }, 'a case could not be looked at when it was opened; it is looked at when its wake-up comes'),
      );
    }
  };

  /** As many cases at once as there is room: one that is looked at without any would have to be woken again, for nothing. */
  const lookInTurn = async (lane: Lane, caseIds: readonly string[]): Promise<void> => {
    for (let from = 0; from < caseIds.length; ) {
      await slots.room(lane, stopping.signal);
      stopping.signal.throwIfAborted();
      const turn = caseIds.slice(from, from + slots.free()[lane]);
      await Promise.all(turn.map(async (caseId, index) => await advance(caseId, { type: 'wake' }, turn.length - index)));
      from += turn.length;
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
    opening = openSession();
  };

  /** Steps that are ours by the record and not in our hands (the answer to a claim was lost): nobody else would take them, as this worker lives. */
  const releaseForgotten = async (): Promise<void> => {
    const held = session ? await readHeldSteps(needs.db, session.workerId) : [];
    const busy = new Set([...advancing].map(({ caseId }) => caseId));
    for (const { caseId, id, epoch } of held.filter((step) => !running.has(keyOf(step)) && !busy.has(step.caseId))) {
      await engine.advance(caseId, { type: 'released', stepId: id, epoch }, null);
    }
  };

  const sweep = async (): Promise<void> => {
    await releaseForgotten();
    const neglected = await readNeglected(needs.db);
    await inTransaction(
      needs.db,
      async (tx) =>
        await queue.wake(
          tx,
          neglected.map(({ id, contained }) => ({ caseId: id, lane: contained ? 'bulk' : 'contain' })),
        ),
    );
  };

  const drain = async (graceMs: number): Promise<void> => {
    const grace = new AbortController();
    await Promise.race([
      Promise.all([...running.values()].map(({ ended }) => ended)),
      clock.sleep(graceMs, grace.signal).catch(() => undefined),
    ]);
    grace.abort();
    while (running.size > 0 || advancing.size > 0) {
      await Promise.allSettled([...[...advancing].map(({ ended }) => ended), ...[...running.values()].map(handOver)]);
    }
  };

  const handOver = async ({ claim, abort, trail, ended }: Running): Promise<void> => {
    abort.abort(new Error('the worker stops'));
    await ended;
    await engine
      .advance(claim.caseId, { type: 'released', stepId: claim.step.id, epoch: claim.step.epoch, told: trail.told() }, null)
      .catch((error: unknown) => {
        log.warn({ err: error, step: claim.step.id }, 'a step could not be handed over; another worker finds it by itself');
      });
  };

  return {
    start: async () => {
      opening = openSession();
      await opening;
      for (const lane of ['contain', 'bulk'] as const) {
        await queue.listen(lane, async (caseIds) => {
          await opening;
          await lookInTurn(lane, caseIds);
        });
      }
      queue.shortcut('contain', { room: roomNow, look: lookAtOnce });
      loops.keep({ what: 'the search for neglected cases', everyMs: SWEEP_MS, work: sweep, isVital: true });
      loops.keep({
        what: 'the look at targets that are down',
        everyMs: WATCH_MS,
        work: async () => await needs.watch.look(stopping.signal),
        isVital: true,
      });
      loops.keep({
        what: 'the look at people who left before',
        everyMs: WATCH_MS,
        work: async () => await needs.recheck(stopping.signal),
        isVital: false,
      });
      loops.keep({
        what: 'the forgetting of old answers',
        everyMs: FORGET_MS,
        work: async () => await dropExpiredAnswers(needs.db),
        isVital: false,
      });
    },
    stop: async (graceMs) => {
      stopping.abort(new Error('the worker stops'));
      await drain(graceMs);
      await loops.ended();
      await opening;
      await session?.close();
    },
    idleBecause: () => {
      if (stopping.signal.aborted) {
        return 'the worker is stopping';
      }
      return session === null ? 'the worker has no session with the database; it is trying to get one' : loops.stalled();
    },
  };
}

/** One attempt of a step; a later attempt of the same step is another one. */
function keyOf({ id, epoch }: { readonly id: string; readonly epoch: number }): string {
  return `${id} ${epoch}`;
}

/** The database refuses the result itself, and would each time: a person must look. */
function refusedUnstorable({ action, target }: Step, error: unknown): ActionResult {
  const message = `What came of ${action} on ${target} cannot be stored (${messageOf(error)}), so it is not known here. Look at ${target}, then retry the case.`;
  return { kind: 'refused', error: { code: 'internal', message } };
}
