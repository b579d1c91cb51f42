import { once } from 'node:events';
import { type DeliverNeeds, deliverDue } from './deliver.ts';
import { LIFETIME_MS } from './schedule.ts';
import { expireMessages, forgetMessages } from './store.ts';

/** Sends what the outbox holds, again and again. Any number may run, in any number of processes: each message is with one of them at a time. */
export interface Courier {
  start(): void;
  /** Looks at the outbox now: something was put there. */
  hurry(): void;
  /** Begins with no more messages; those under way get `graceMs`. Closes the connections. */
  stop(graceMs: number): Promise<void>;
}

const LOOK_MS = 2_000;
const PAUSE_AFTER_FAULT_MS = 5_000;
const TIDY_MS = 600_000;
/** How long it is kept that a message was sent. */
const MEMORY_MS = 30 * 24 * 3_600_000;

export function createCourier(needs: DeliverNeeds): Courier {
  const { clock, db, log, senders } = needs;
  const stopping = new AbortController();
  const cutting = new AbortController();
  const nudges = new EventTarget();
  let isNudged = false;

  const pause = async (ms: number): Promise<void> => {
    const over = new AbortController();
    const signal = AbortSignal.any([stopping.signal, over.signal]);
    if (!isNudged) {
      await Promise.race([once(nudges, 'hurry', { signal }).catch(() => undefined), clock.sleep(ms, signal).catch(() => undefined)]);
    }
    over.abort();
  };

  /** At once while there is something to do, then now and then. */
  const repeat = async (work: () => Promise<boolean>, rest: (ms: number) => Promise<void>, restMs: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      const ms = await work().then(
        (worked) => (worked ? 0 : restMs),
        (error: unknown) => {
          log.warn({ err: error }, 'the outbox could not be looked at; it is tried again');
          return PAUSE_AFTER_FAULT_MS;
        },
      );
      if (ms > 0) await rest(ms);
    }
  };

  const deliver = async (): Promise<boolean> => {
    isNudged = false;
    return (await deliverDue(needs, cutting.signal)) > 0;
  };
  const tidy = async (): Promise<boolean> => {
    await expireMessages(db, LIFETIME_MS);
    await forgetMessages(db, MEMORY_MS);
    return false;
  };
  let running: Promise<unknown> = Promise.resolve();
  return {
    start: () => {
      running = Promise.all([
        repeat(deliver, pause, LOOK_MS),
        repeat(tidy, async (ms) => await clock.sleep(ms, stopping.signal).catch(() => undefined), TIDY_MS),
      ]);
    },
    hurry: () => {
      isNudged = true;
      nudges.dispatchEvent(new Event('hurry'));
    },
    stop: async (graceMs) => {
      stopping.abort(new Error('the service stops'));
      const cut = setTimeout(() => cutting.abort(new Error('the service stops')), graceMs);
      await running.finally(() => clearTimeout(cut));
      await Promise.all([...senders.values()].map(async (sender) => await sender.close()));
    },
  };
}
