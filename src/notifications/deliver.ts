import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { toHappening } from './happening.ts';
import type { Channel } from './recipients.ts';
import { type Fate, fateOf, type Sent } from './schedule.ts';
import type { Sender } from './sender.ts';
import { type ClaimedMessage, claimMessages, settleMessage } from './store.ts';

/** A message is with whoever claimed it for so long; after that another process may send it. */
const LEASE_MS = 120_000;
const SENDING_MS = 45_000;
const AT_ONCE = 5;

export interface DeliverNeeds {
  readonly db: Database;
  readonly senders: ReadonlyMap<Channel, Sender>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Sends some of the messages that are due, and keeps what came of each. How many there were.
 *
 * Of a message that was sent by a process which died before it could say so, nobody knows: it is sent again when the lease ends, with the same id.
 */
export async function deliverDue(needs: DeliverNeeds, signal: AbortSignal): Promise<number> {
  const claimedAt = needs.clock.monotonic();
  const due = await claimMessages(needs.db, [...needs.senders.keys()], AT_ONCE, LEASE_MS);
  await Promise.all(due.map(async (message) => await deliver(needs, message, claimedAt, signal)));
  return due.length;
}

async function deliver(needs: DeliverNeeds, message: ClaimedMessage, claimedAt: number, signal: AbortSignal): Promise<void> {
  const { clock, log } = needs;
  if (clock.monotonic() - claimedAt > LEASE_MS - SENDING_MS) {
    // Paused since it was claimed: by the time it is sent it could be with somebody else.
    return;
  }
  const sent = await send(needs, message, AbortSignal.any([signal, AbortSignal.timeout(SENDING_MS)]));
  const fate = fateOf(sent, message);
  const isKept = await keep(needs, message, fate, claimedAt + LEASE_MS, signal);
  tell(log, message, fate, isKept);
}

/** Keeps what came of a message, also when the database is away for a moment: what is not kept is sent again. False when the claim had ended. */
async function keep(
  { db, clock, log }: DeliverNeeds,
  message: ClaimedMessage,
  fate: Fate,
  until: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    try {
      return await settleMessage(db, message, fate);
    } catch (error) {
      log.warn({ err: error, notification: message.id }, 'what came of a message could not be stored; it is tried again');
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted || clock.monotonic() > until) return false;
    }
  }
}

async function send({ senders }: DeliverNeeds, message: ClaimedMessage, signal: AbortSignal): Promise<Sent> {
  const { id, channel, recipient, createdAt, facts } = message;
  try {
    const sender = senders.get(channel);
    return sender
      ? await sender.send({ id, recipient, createdAt, happened: toHappening(facts) }, signal)
      : { kind: 'later', problem: `nothing sends ${channel} here` };
  } catch (error) {
    return { kind: 'later', problem: `Leaver failed at it (${messageOf(error)})` };
  }
}

/** The receiver is not named: an address has no place in the log. */
function tell(log: Log, { id, event, channel, attempts }: ClaimedMessage, fate: Fate, isKept: boolean): void {
  const facts = { notification: id, event, channel, attempt: attempts };
  if (!isKept) {
    log.warn(facts, 'a message took so long to send that another process may have sent it as well, with the same id');
  }
  switch (fate.state) {
    case 'sent':
      log.info(facts, 'a message was sent');
      return;
    case 'pending':
      log.warn({ ...facts, problem: fate.problem, afterMs: fate.afterMs }, 'a message could not be sent; it is tried again');
      return;
    case 'refused':
    case 'expired': {
      const advice = 'nobody is told by it any more; look at the case or target it is about, and at the settings under notifications';
      log.error({ ...facts, problem: fate.problem, alert: 'notification-lost' }, `a message was given up: ${advice}`);
    }
  }
}
