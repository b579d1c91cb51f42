import type { Database } from '../../database/database.ts';
import type { DirectoryReader, Known, Reading } from '../../directory/reader.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { traced } from '../../kernel/trace.ts';
import { createTrail, growing, observed } from '../../outbound/outbound.ts';
import type { Intake } from '../intake.ts';
import type { Signal } from '../signal.ts';
import { CHANNEL, departureOf, type JudgeRules } from './judge.ts';
import { type AfterReading, claimUsers, type PendingUser, settleUser } from './store.ts';

export interface ReadBackNeeds {
  readonly db: Database;
  readonly readers: ReadonlyMap<string, DirectoryReader>;
  readonly intake: Pick<Intake, 'accept'>;
  readonly meanings: JudgeRules['meanings'];
  readonly clock: Clock;
  readonly log: Log;
}

const AT_ONCE = 10;

/**
 * Reads back users who are due, and hands on what that means: somebody who is gone leaves, everybody else is recorded as ignored. Promises that each
 * notification is followed by a reading that began after it, also when this process ends half-way: then another one reads again, and the same finding
 * is one signal. Says how many were read.
 */
export async function readBackDue(needs: ReadBackNeeds, signal: AbortSignal): Promise<number> {
  const users = await claimUsers(needs.db, [...needs.readers.keys()], AT_ONCE, needs.clock.now());
  const read = await Promise.allSettled(
    users.map(async (user) => await traced('read back', { parent: user.traceparent }, async () => await readBack(needs, user, signal))),
  );
  const failed = read.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return users.length;
}

async function readBack(
  { db, readers, intake, meanings, clock, log }: ReadBackNeeds,
  user: PendingUser,
  signal: AbortSignal,
): Promise<void> {
  const reader = readers.get(user.connection);
  if (!reader) return;
  const trail = createTrail();
  const look = async (): Promise<Reading> => await reader.read({ id: user.subject, email: null }, signal);
  const reading = await observed(trail.note, look).catch(async (error: unknown) => {
    // Whoever comes after a worker that was told to stop need not wait for the end of the claim.
    await settleUser(db, user, AT_ONCE_AGAIN, clock.now());
    throw error;
  });
  const { after, says } = decideReading(reading, user);
  if (reading.kind === 'unreadable') {
    log.warn({ connection: user.connection, detail: reading.detail }, 'a user could not be read back; it is tried again later');
  }
  const readBack = { reading: reading.kind, askedBy: 'id', ...trail.told() };
  if (says) await intake.accept([{ ...toSignal(user, asConfigured(says, meanings), clock.now()), readBack }]);
  await settleUser(db, user, after, clock.now());
}

/** What a reading says in place of the notification that asked for it. */
interface Says {
  readonly meaning: Signal['meaning'];
  readonly person: Known | null;
  readonly note: string;
}

export interface Decision {
  readonly after: AfterReading;
  /** Null while nothing can be said yet. */
  readonly says: Says | null;
}

/** Graph tells of a change before every one of its copies has it, so the word that somebody is still there is asked for twice. */
const SECOND_LOOK_MS = 20_000;
const LOOKS = 2;
const AT_ONCE_AGAIN: AfterReading = { kind: 'later', afterMs: 0, failed: true };
const SECOND_LOOK: Decision = { after: { kind: 'later', afterMs: SECOND_LOOK_MS, failed: false }, says: null };
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;

/** What a reading means for a user who is `unread`, or was found to be `gone` before. Pure. */
export function decideReading(reading: Reading, { state, looks, failures }: Pick<PendingUser, 'state' | 'looks' | 'failures'>): Decision {
  switch (reading.kind) {
    case 'unreadable': {
      const pause = growing(Math.min(failures + 1, 20), FIRST_RETRY_MS, LONGEST_RETRY_MS);
      return { after: { kind: 'later', afterMs: Math.max(pause, reading.retryAfterMs ?? 0), failed: true }, says: null };
    }
    case 'gone':
    case 'going':
      return state === 'gone'
        ? { after: { kind: 'gone' }, says: ignored(`read back: ${reading.detail}, which was known`) }
        : { after: { kind: 'gone' }, says: { meaning: 'offboard', person: reading, note: `read back: ${reading.detail}` } };
    case 'active':
      return looks + 1 < LOOKS ? SECOND_LOOK : stillThere(reading, state);
    case 'unknown-person':
      // Of somebody who was known to be gone, the last trace has gone.
      return looks + 1 < LOOKS
        ? SECOND_LOOK
        : { after: { kind: state === 'gone' ? 'gone' : 'forget' }, says: ignored(`read back: ${reading.detail}`) };
  }
}

function stillThere(person: Known, state: PendingUser['state']): Decision {
  const note = `read back: ${person.detail}`;
  return { after: { kind: 'forget' }, says: state === 'gone' ? { meaning: 'back', person, note } : ignored(note) };
}

function ignored(note: string): Says {
  return { meaning: 'ignore', person: null, note };
}

/** What the operator makes of a departure. Whoever is back is back, whatever else is ignored. */
function asConfigured(says: Says, meanings: JudgeRules['meanings']): Says {
  if (says.meaning !== 'offboard') {
    return says;
  }
  const { meaning, note } = departureOf('updated', meanings);
  return note === null ? { ...says, meaning } : ignored(`${says.note}; ${note}`);
}

/** Its identity is that of the notification it answers, so that a finding that is told twice is one signal. */
function toSignal({ id, connection, subject, asked, body_sha256 }: PendingUser, { meaning, person, note }: Says, now: Date): Signal {
  return {
    connection,
    channel: CHANNEL,
    kind: 'updated',
    eventId: `updated ${subject} ${id}#${asked}`,
    meaning,
    subject: person && { id: person.id, email: person.email, name: person.name, aliases: person.aliases },
    note,
    occurredAt: now,
    bodySha256: body_sha256,
    verifiedBy: 'graph.clientState, and the account as Graph shows it',
  };
}
