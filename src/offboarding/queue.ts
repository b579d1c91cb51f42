import { CompiledQuery } from 'kysely';
import { PgBoss, type Db as QueueDatabase } from 'pg-boss';
import type { Tx } from '../database/database.ts';
import type { Log } from '../kernel/log.ts';
import type { Lane } from './decide.ts';

/** Somebody must look at a case; `at` in the future makes it an alarm clock. */
export interface WakeUp {
  readonly caseId: string;
  readonly lane: Lane;
  readonly at?: Date;
  /** Somebody is to be locked out and no more: an emergency, which goes before all others of its lane. */
  readonly urgent?: boolean;
}

/**
 * Wake-ups, and nothing else: what there is to do stands in our own tables, so a wake-up that is lost, late or doubled does no harm.
 * Wake-ups of a lane are handed out in turn, urgent ones first; those of another lane never wait for them.
 */
export interface Queue {
  start(): Promise<void>;
  /** Enqueues within the caller's transaction: no wake-up without the change that asks for it. */
  wake(tx: Tx, wakeUps: readonly WakeUp[]): Promise<void>;
  /** Calls `handle` for each wake-up of the lane; one that throws comes again. */
  listen(lane: Lane, handle: (caseIds: readonly string[]) => Promise<void>): Promise<void>;
  /**
   * Takes the lane's immediate wake-ups that this process makes itself, as far as there is room, right after their commit: the way through the
   * queue is saved, which keeps each of them for a second later all the same, should this process not live so long.
   */
  shortcut(lane: Lane, taker: Taker): void;
  stop(): Promise<void>;
}

export interface Taker {
  /** How many cases could be looked at right now. */
  room(): number;
  look(caseIds: readonly string[]): void;
}

/** The queue of each lane, as pg-boss knows it. */
export const QUEUES: Readonly<Record<Lane, string>> = { contain: 'case-contain', bulk: 'case-bulk' };
const BATCH = 10;
const SHORTCUT_NET_MS = 1_000;

export function createQueue({ url, log, works }: { readonly url: string; readonly log: Log; readonly works: boolean }): Queue {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'leaver-queue',
    max: 3,
    useListenNotify: works,
    schedule: false,
    supervise: works,
    registerInstance: false,
    // Its own spans belong to the trace of whoever asked for the wake-up.
    openTelemetry: { propagateContext: true },
  });
  const takers = new Map<Lane, Taker>();
  const divide = (
    lane: Lane,
    wakeUps: readonly WakeUp[],
    now: Date,
  ): { readonly taken: readonly string[]; readonly jobs: readonly WakeUp[] } => {
    const immediate = wakeUps
      .filter(({ at }) => at === undefined || at <= now)
      .sort((a, b) => Number(b.urgent ?? false) - Number(a.urgent ?? false));
    const taken = new Set(immediate.slice(0, takers.get(lane)?.room() ?? 0));
    const net = new Date(now.getTime() + SHORTCUT_NET_MS);
    return {
      taken: [...taken].map(({ caseId }) => caseId),
      jobs: wakeUps.map((wakeUp) => (taken.has(wakeUp) ? { ...wakeUp, at: net } : wakeUp)),
    };
  };
  boss.on('error', (error) => log.warn({ err: error }, 'the queue had a fault; it goes on by itself'));
  return {
    start: async () => {
      await boss.start();
      for (const name of Object.values(QUEUES)) {
        await boss.createQueue(name, { policy: 'short', notify: true, heartbeatSeconds: 30, retryLimit: 5, deleteAfterSeconds: 3_600 });
      }
    },
    wake: async (tx, wakeUps) => {
      await Promise.all(
        (['contain', 'bulk'] as const).map(async (lane) => {
          const { taken, jobs } = divide(
            lane,
            wakeUps.filter((wakeUp) => wakeUp.lane === lane),
            tx.now,
          );
          tx.afterCommit(() => takers.get(lane)?.look(taken));
          if (jobs.length > 0) {
            await boss.insert(
              QUEUES[lane],
              jobs.map((job) => toJob(job, tx.now)),
              { db: posting(tx) },
            );
          }
        }),
      );
    },
    listen: async (lane, handle) => {
      await boss.work<{ caseId: string }>(
        QUEUES[lane],
        { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 },
        async (jobs) => await handle(jobs.map((job) => job.data.caseId)),
      );
    },
    shortcut: (lane, taker) => {
      takers.set(lane, taker);
    },
    stop: async () => await boss.stop({ graceful: true, timeout: 5_000, close: true }),
  };
}

/** Sends the queue's insert within the transaction, whose end tells whether it was taken: nobody waits for it here. */
function posting(tx: Tx): QueueDatabase {
  return {
    executeSql: async (text, values = []) => {
      tx.post(CompiledQuery.raw(text, values));
      return { rows: [] };
    },
  };
}

/** One immediate wake-up a case is enough; an alarm clock has a key of its own, or it would swallow the immediate ones until it rings. */
function toJob({ caseId, at, urgent = false }: WakeUp, now: Date) {
  const job = { data: { caseId }, priority: urgent ? 1 : 0 };
  return at && at > now ? { ...job, singletonKey: `${caseId} ${at.toISOString()}`, startAfter: at } : { ...job, singletonKey: caseId };
}
