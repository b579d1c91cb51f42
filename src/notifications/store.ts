import { sql } from 'kysely';
import { z } from 'zod';
import { type Database, postRows, type Tx } from '../database/database.ts';
import type { JsonObject } from '../kernel/json.ts';
import { CHANNELS, type Channel } from './recipients.ts';
import type { Fate } from './schedule.ts';

export interface NewMessage {
  readonly id: string;
  readonly event: string;
  readonly subject: string;
  readonly occurrence: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly facts: JsonObject;
}

/** Puts messages into the outbox: they are there when the transaction is committed, and not otherwise. */
export function insertMessages(tx: Tx, messages: readonly NewMessage[]): void {
  postRows(
    tx,
    'notification',
    messages.map((one) => ({ ...one, state: 'pending', attempts: 0, due_at: tx.now, created_at: tx.now })),
  );
}

/** The same, but for events of subjects of which somebody was told within the last `quietMs`. */
export function insertUnlessTold(tx: Tx, messages: readonly NewMessage[], quietMs: number): void {
  if (messages.length === 0) return;
  const insert = sql`
    insert into notification (id, event, subject, occurrence, channel, recipient, facts, due_at, created_at)
    select given.*, ${tx.now}::timestamptz, ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as given
      (id uuid, event text, subject text, occurrence uuid, channel text, recipient text, facts jsonb)
    where not exists (
      select from notification as told
      where told.event = given.event and told.subject = given.subject
        and told.created_at > ${tx.now}::timestamptz - make_interval(secs => ${quietMs / 1_000}))`;
  tx.post(insert.compile(tx.sql));
}

/** Puts a message into the outbox that may be there already: then it stays as it is, unless it had expired. */
export async function askForMessage(tx: Tx, { facts, ...message }: NewMessage): Promise<void> {
  await tx.sql
    .insertInto('notification')
    .values({ ...message, facts: JSON.stringify(facts), due_at: tx.now, created_at: tx.now })
    .onConflict((on) =>
      on
        .columns(['occurrence', 'channel', 'recipient'])
        .doUpdateSet({
          state: 'pending',
          facts: JSON.stringify(facts),
          due_at: tx.now,
          created_at: tx.now,
          settled_at: null,
          problem: null,
        })
        .where('notification.state', '=', 'expired'),
    )
    .execute();
}

/** How a message stands. */
export interface MessageState {
  readonly id: string;
  readonly state: 'pending' | 'sent' | 'refused' | 'expired';
  readonly problem: string | null;
}

const stateSchema = z.enum(['pending', 'sent', 'refused', 'expired']);

export async function readMessage(
  db: Database,
  { occurrence, channel, recipient }: Pick<NewMessage, 'occurrence' | 'channel' | 'recipient'>,
) {
  const row = await db
    .selectFrom('notification')
    .select(['id', 'state', 'problem'])
    .where('occurrence', '=', occurrence)
    .where('channel', '=', channel)
    .where('recipient', '=', recipient)
    .executeTakeFirst();
  return row ? ({ ...row, state: stateSchema.parse(row.state) } satisfies MessageState) : null;
}

/** A message that the asker alone may send, as long as the lease lasts. `attempts` counts the claims, this one included: a later claim has another number. */
export interface ClaimedMessage {
  readonly id: string;
  readonly event: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly facts: unknown;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly ageMs: number;
}

const channelSchema = z.enum(CHANNELS);

/** Takes some of the messages that are due on these channels. Those of a process that died come back by themselves when its lease ends. */
export async function claimMessages(db: Database, channels: readonly Channel[], most: number, leaseMs: number): Promise<ClaimedMessage[]> {
  const { rows } = await sql<Omit<ClaimedMessage, 'channel'> & { readonly channel: string }>`
    update notification set attempts = attempts + 1, leased_until = now() + make_interval(secs => ${leaseMs / 1_000})
    where id in (
      select id from notification
      where state = 'pending' and due_at <= now() and (leased_until is null or leased_until <= now()) and channel = any(${[...channels]}::text[])
      order by due_at limit ${most} for update skip locked)
    returning id, event, channel, recipient, facts, attempts, created_at as "createdAt",
      (extract(epoch from now() - created_at) * 1000)::float8 as "ageMs"`.execute(db);
  return rows.map((row) => ({ ...row, channel: channelSchema.parse(row.channel) }));
}

/** Ends a claim with what becomes of the message. False when the claim had ended before: another one has it, and nothing is changed. */
export async function settleMessage(db: Database, { id, attempts }: Pick<ClaimedMessage, 'id' | 'attempts'>, fate: Fate): Promise<boolean> {
  const problem = fate.state === 'sent' ? null : fate.problem;
  const afterMs = fate.state === 'pending' ? fate.afterMs : 0;
  const { numAffectedRows } = await sql`
    update notification set state = ${fate.state}, problem = ${problem}, leased_until = null, due_at = now() + make_interval(secs => ${afterMs / 1_000}),
      settled_at = case when ${fate.state} = 'pending' then null else now() end,
      facts = case when ${fate.state} = 'pending' then facts else '{}'::jsonb end
    where id = ${id} and state = 'pending' and attempts = ${attempts}`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

/** Messages that no process sends any more, because the configuration has no such channel, expire like all others. Says how many there were. */
export async function expireMessages(db: Database, lifetimeMs: number): Promise<number> {
  const { numAffectedRows } = await sql`
    update notification set state = 'expired', settled_at = now(), facts = '{}'::jsonb, problem = coalesce(problem, 'nobody could send it')
    where state = 'pending' and created_at < now() - make_interval(secs => ${lifetimeMs / 1_000})
      and (leased_until is null or leased_until <= now())`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Forgets messages that were settled longer ago. */
export async function forgetMessages(db: Database, afterMs: number): Promise<void> {
  await sql`delete from notification where state <> 'pending' and settled_at < now() - make_interval(secs => ${afterMs / 1_000})`.execute(
    db,
  );
}
