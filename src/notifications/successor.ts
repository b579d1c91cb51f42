import { type Database, inTransaction } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Happening } from './happening.ts';
import { messageIdOf } from './senders/smtp.ts';
import { askForMessage, type MessageState, readMessage } from './store.ts';

/** What a successor is to be told. */
export interface Notice extends Omit<Extract<Happening, { readonly event: 'successor.received' }>, 'event'> {
  /** The same for all attempts to tell it: nobody is told twice for one key. */
  readonly key: string;
  readonly email: string;
}

/**
 * How the telling stands.
 *
 * - `accepted`: the mail server took the mail
 * - `waiting`: it has not yet; it is tried again by itself
 * - `refused`: it will not, and asking again does not help
 */
export type Telling =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'waiting'; readonly problem: string }
  | { readonly kind: 'refused'; readonly problem: string };

export interface TellSuccessorNeeds {
  readonly db: Database;
  readonly newId: NewId;
  readonly clock: Clock;
  /** The sender's address, as configured. */
  readonly from: string;
  readonly hurry: () => void;
}

const WITHIN_MS = 10_000;
const LOOK_MS = 100;

/** Puts the mail to a successor into the outbox, if it is not there, and waits a while for what becomes of it. */
export function createTellSuccessor({ db, newId, clock, from, hurry }: TellSuccessorNeeds) {
  return async ({ key: occurrence, email: recipient, ...facts }: Notice, signal: AbortSignal): Promise<Telling> => {
    const address = { occurrence, channel: 'mail', recipient } as const;
    const event = 'successor.received';
    const message = { id: newId(), event, subject: occurrence, ...address, facts: { event, ...facts } satisfies JsonObject };
    await inTransaction(db, async (tx) => {
      await askForMessage(tx, message);
      tx.afterCommit(hurry);
    });
    const until = clock.monotonic() + WITHIN_MS;
    for (;;) {
      const found = await readMessage(db, address);
      const telling = found && tellingOf(found, from);
      if (telling || clock.monotonic() > until) {
        return telling ?? { kind: 'waiting', problem: found?.problem ?? 'the mail server has not answered yet' };
      }
      await clock.sleep(LOOK_MS, signal);
    }
  };
}

/** Null while it is on its way for the first time. */
function tellingOf({ id, state, problem }: MessageState, from: string): Telling | null {
  switch (state) {
    case 'sent':
      return { kind: 'accepted', messageId: messageIdOf(id, from) };
    case 'refused':
      return { kind: 'refused', problem: problem ?? 'the mail server refused it' };
    case 'pending':
    case 'expired':
      return problem === null ? null : { kind: 'waiting', problem };
  }
}
