import { type Database, inTransaction, type Tx } from '../database/database.ts';
import type { Log } from '../kernel/log.ts';
import type { Tell } from '../notifications/notifications.ts';
import type { Performer } from '../targets/target.ts';
import type { Outages } from './draft.ts';
import { claimProbe, deleteOutage, insertOutage, postponeProbe, readOutages, readWaitingFor, startWaiting } from './outage-store.ts';
import type { Queue } from './queue.ts';
import type { StepRetry } from './retry-policy.ts';

/** So many attempts in a row, of whichever cases, and a target counts as down. */
const FAILURES_IN_A_ROW = 5;
const LONGEST_PAUSE_MS = 30_000;
const PROBE_MS = 10_000;

/**
 * The circuit breaker of each target, shared by all processes through the database: a target that is down is asked nothing but whether it answers
 * again, by one process at a time, and what waits for it begins in that very moment.
 */
export interface OutageWatch {
  /** The targets that are down, as far as this process knows. */
  current(): Outages;
  /** Takes note of how an attempt ended: `down` when the target as a whole did not answer as it should. */
  note(target: string, down: boolean): Promise<void>;
  /** Learns what other processes have found out, and probes what is due. */
  look(signal: AbortSignal): Promise<void>;
}

export interface OutageWatchNeeds {
  readonly db: Database;
  readonly queue: Queue;
  readonly targets: ReadonlyMap<string, Performer>;
  readonly stepRetry: StepRetry;
  readonly tell: Tell;
  readonly log: Log;
}

export function createOutageWatch({ db, queue, targets, stepRetry, tell, log }: OutageWatchNeeds): OutageWatch {
  const failures = new Map<string, number>();
  let outages: Outages = new Map();

  const open = async (target: string): Promise<void> => {
    const since = await inTransaction(db, async (tx) => {
      const outage = await insertOutage(tx, target, pauseMs(stepRetry, 0));
      tell(tx, outage.isNew ? [{ event: 'target.down', target, since: outage.since.toISOString() }] : []);
      return outage.since;
    });
    outages = new Map([...outages, [target, since]]);
    log.error(
      { target, alert: 'target-down' },
      `${target} does not answer: ${FAILURES_IN_A_ROW} attempts in a row have failed. Nothing more is asked of it until it answers a probe; then everything that waits goes on by itself.`,
    );
  };

  /** Lets begin what waits for the target; asked for again, it changes nothing. */
  const resume = async (tx: Tx, target: string): Promise<void> => {
    const waiting = await readWaitingFor(tx, target);
    startWaiting(tx, target, waiting);
    await queue.wake(
      tx,
      waiting.map(({ id, isContained, isUrgent }) => ({ caseId: id, lane: isContained ? 'bulk' : 'contain', urgent: isUrgent })),
    );
  };

  const close = async (target: string): Promise<void> => {
    // Before the cases are woken: whoever decides over one of them from here on must not believe that the target is still down.
    forget(target);
    const since = await inTransaction(db, async (tx) => {
      const began = await deleteOutage(tx, target);
      await resume(tx, target);
      return began;
    });
    if (since !== null) {
      log.warn({ target, since: since.toISOString(), alert: 'target-up' }, `${target} answers again; what waited for it goes on.`);
    }
  };

  const forget = (target: string): void => {
    outages = new Map([...outages].filter(([id]) => id !== target));
    failures.delete(target);
  };

  const probe = async (id: string, probes: number, signal: AbortSignal): Promise<void> => {
    const target = targets.get(id);
    if (!target) {
      // Nobody can probe it any more; the steps that wait say themselves that it is no longer configured.
      await close(id);
      return;
    }
    if (await claimProbe(db, id, PROBE_MS + pauseMs(stepRetry, probes + 1))) {
      const { reachable, detail } = await target.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]));
      log.info({ target: id, reachable, detail }, 'a target that was down was probed');
      await (reachable ? close(id) : postponeProbe(db, id, pauseMs(stepRetry, probes + 1)));
    }
  };

  return {
    current: () => outages,
    note: async (target, down) => {
      const count = down ? (failures.get(target) ?? 0) + 1 : 0;
      failures.set(target, count);
      if (count >= FAILURES_IN_A_ROW && !outages.has(target)) {
        await open(target).catch((error: unknown) => log.warn({ err: error, target }, 'that a target is down could not be stored yet'));
      }
    },
    look: async (signal) => {
      const known = await readOutages(db);
      const over = [...outages.keys()].filter((target) => !known.some((one) => one.target === target));
      outages = new Map(known.map(({ target, since }) => [target, since]));
      for (const target of over) {
        failures.delete(target);
        // Another process has seen the end of it and woken the cases; those over which this one decided meanwhile, it has put back to sleep.
        await inTransaction(db, async (tx) => await resume(tx, target));
      }
      await Promise.all(known.filter(({ isDue }) => isDue).map(async ({ target, probes }) => await probe(target, probes, signal)));
    },
  };
}

/** Pauses between probes double as those of a step do, but never last longer than half a minute. */
function pauseMs({ minDelayMs, maxDelayMs }: StepRetry, probes: number): number {
  return Math.min(minDelayMs * 2 ** Math.min(probes, 20), maxDelayMs, LONGEST_PAUSE_MS);
}
