import { type Bell, createBell } from './bell.ts';
import { type DeliverNeeds, deliverDue } from './deliver.ts';
import type { Channel } from './recipients.ts';
import { LIFETIME_MS } from './schedule.ts';
import type { Sender } from './sender.ts';
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
  const bells: Bell[] = [];

  /** At once while there is something to do, then now and then. */
  const repeat = async (work: () => Promise<boolean>, restMs: number, bell: Bell): Promise<void> => {
    while (!stopping.signal.aborted) {
      bell.reset();
      const ms = await work().then(
        (worked) => (worked ? 0 : restMs),
        (error: unknown) => {
          log.warn({ err: error }, 'the outbox could not be looked at; it is tried again');
          return PAUSE_AFTER_FAULT_MS;
        },
      );
      if (ms > 0) await bell.wait(ms, stopping.signal);
    }
  };

  /** Each channel by itself: a mail server that does not answer keeps nothing from Slack. */
  const round = async ([channel, sender]: [Channel, Sender]): Promise<void> => {
    const own = { ...needs, senders: new Map([[channel, sender]]) };
    const bell = createBell(clock);
    bells.push(bell);
    await repeat(async () => (await deliverDue(own, cutting.signal)) > 0, LOOK_MS, bell);
  };

  const tidy = async (): Promise<boolean> => {
    const expired = await expireMessages(db, LIFETIME_MS);
    if (expired > 0) {
      log.error(
        { expired, alert: 'notification-lost' },
        'messages were given up that no process could send; see the settings under notifications',
      );
    }
    await forgetMessages(db, MEMORY_MS);
    return false;
  };

  let running: Promise<unknown> = Promise.resolve();
  return {
    start: () => {
      running = Promise.all([...[...senders].map(round), repeat(tidy, TIDY_MS, createBell(clock))]);
    },
    hurry: () => {
      for (const bell of bells) bell.ring();
    },
    stop: async (graceMs) => {
      stopping.abort(new Error('the service stops'));
      const cut = setTimeout(() => cutting.abort(new Error('the service stops')), graceMs);
      await running.finally(() => clearTimeout(cut));
      await Promise.all([...senders.values()].map(async (sender) => await sender.close()));
    },
  };
}
