import { sql } from 'kysely';
import { type Database, inTransaction } from '../../../src/database/database.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { type DeliverNeeds, deliverDue } from '../../../src/notifications/deliver.ts';
import { OPERATOR_EVENTS, type OperatorHappening } from '../../../src/notifications/happening.ts';
import { createTell } from '../../../src/notifications/outbox.ts';
import type { Recipients } from '../../../src/notifications/recipients.ts';
import type { Sent } from '../../../src/notifications/schedule.ts';
import type { Outgoing, Sender } from '../../../src/notifications/sender.ts';
import { keptLog } from '../../targets/support/log-lines.ts';

const ALIVE = new AbortController().signal;

export const DESK: Recipients = { mail: ['desk@acme.example'], slack: false, webhook: false, events: OPERATOR_EVENTS };

/** A sender that keeps what it is given, and answers what the test says. */
export interface Post extends Sender {
  readonly sent: Outgoing[];
  answer(message: Outgoing): Sent | Promise<Sent>;
}

export function openPost(): Post {
  const sent: Outgoing[] = [];
  const post: Post = {
    sent,
    answer: () => ({ kind: 'sent' }),
    send: async (message) => {
      sent.push(message);
      return await post.answer(message);
    },
    close: async () => undefined,
  };
  return post;
}

export interface Office {
  readonly needs: DeliverNeeds;
  readonly post: Post;
  readonly lines: readonly string[];
  tell(happened: readonly OperatorHappening[], recipients?: Recipients): Promise<void>;
  /** Sends what is due, once. */
  deliver(): Promise<number>;
  rows(): Promise<
    { id: string; state: string; attempts: number; problem: string | null; facts: unknown; channel: string; recipient: string }[]
  >;
  /** Lets time pass for everything in the outbox. */
  pass(seconds: number): Promise<void>;
}

/** An empty outbox on a real database, and somebody who takes what goes out by mail. */
export async function openOffice(db: Database): Promise<Office> {
  await db.deleteFrom('notification').execute();
  const { log, lines } = keptLog();
  const post = openPost();
  const needs = { db, senders: new Map([['mail' as const, post as Sender]]), clock: systemClock, log };
  return {
    needs,
    post,
    lines,
    tell: async (happened, recipients = DESK) =>
      await inTransaction(db, async (tx) => createTell({ recipients, newId, onTold: () => undefined })(tx, happened)),
    deliver: async () => await deliverDue(needs, ALIVE),
    rows: async () =>
      await db
        .selectFrom('notification')
        .select(['id', 'state', 'attempts', 'problem', 'facts', 'channel', 'recipient'])
        .orderBy('channel')
        .orderBy('recipient')
        .execute(),
    pass: async (seconds) => {
      await sql`
        update notification set due_at = due_at - make_interval(secs => ${seconds}), created_at = created_at - make_interval(secs => ${seconds}),
          leased_until = leased_until - make_interval(secs => ${seconds}), settled_at = settled_at - make_interval(secs => ${seconds})`.execute(
        db,
      );
    },
  };
}
