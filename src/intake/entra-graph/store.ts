import { sql } from 'kysely';
import type { Database } from '../../database/database.ts';
import type { LifecycleEvent } from './parse.ts';

/** A user to be read back, as long as the lease lasts. */
export interface PendingUser {
  readonly id: string;
  readonly connection: string;
  readonly subject: string;
  readonly state: 'unread' | 'gone';
  readonly asked: number;
  readonly looks: number;
  readonly failures: number;
  readonly body_sha256: string;
  readonly traceparent: string | null;
}

const LEASE_MS = 120_000;

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}

/**
 * Asks for users to be read back, durably: several notifications about one user are one reading. Written in one order, so that two deliveries with the
 * same users never wait for each other crosswise.
 */
export async function askToReadBack(
  db: Database,
  connection: string,
  subjects: readonly string[],
  { bodySha256, traceparent = null, now }: { readonly bodySha256: string; readonly traceparent?: string | null; readonly now: Date },
): Promise<void> {
  if (subjects.length === 0) return;
  await sql`
    insert into entra_user (connection, subject, due_at, body_sha256, traceparent)
    select ${connection}, subject, ${now}::timestamptz, ${bodySha256}, ${traceparent}::text from unnest(${[...subjects]}::text[]) as given(subject) order by subject
    on conflict (connection, subject) do update
      set asked = entra_user.asked + 1, looks = 0, failures = 0, due_at = excluded.due_at, body_sha256 = excluded.body_sha256,
        traceparent = excluded.traceparent`.execute(db);
}

/** Takes some of the users that are due, so that no other process reads them at the same time; a process that dies gives them back by itself. */
export async function claimUsers(db: Database, connections: readonly string[], most: number, now: Date): Promise<PendingUser[]> {
  const { rows } = await sql<PendingUser>`
    update entra_user set leased_until = ${later(now, LEASE_MS)}::timestamptz
    where (connection, subject) in (
      select connection, subject from entra_user
      where due_at <= ${now}::timestamptz and (leased_until is null or leased_until <= ${now}::timestamptz)
        and connection = any(${[...connections]}::text[])
      order by due_at limit ${most} for update skip locked)
    returning id, connection, subject, state, asked, looks, failures, body_sha256, traceparent`.execute(db);
  return rows;
}

/** What becomes of a user once they were read: looked at again later, kept as gone, or forgotten. */
export type AfterReading =
  | { readonly kind: 'later'; readonly afterMs: number; readonly failed: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'forget' };

/** Ends a claim. A notification that came meanwhile has its own reading: then the user stays due, whatever was found. */
export async function settleUser(db: Database, user: PendingUser, after: AfterReading, now: Date): Promise<void> {
  const { connection, subject, asked } = user;
  if (after.kind === 'forget' && (await forgetUser(db, user))) return;
  const state = { later: user.state, gone: 'gone', forget: 'unread' }[after.kind];
  const dueAt = after.kind === 'later' ? later(now, after.afterMs) : null;
  const failed = after.kind === 'later' && after.failed;
  await sql`
    update entra_user set leased_until = null, state = ${state},
      due_at = case when asked = ${asked} then ${dueAt}::timestamptz else due_at end,
      looks = case when asked = ${asked} and not ${failed}::boolean then looks + 1 else looks end,
      failures = case when asked = ${asked} and ${failed}::boolean then failures + 1 else failures end
    where connection = ${connection} and subject = ${subject}`.execute(db);
}

async function forgetUser(db: Database, { connection, subject, asked }: PendingUser): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('entra_user')
    .where('connection', '=', connection)
    .where('subject', '=', subject)
    .where('asked', '=', asked)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export interface SubscriptionRow {
  readonly connection: string;
  readonly subscription_id: string | null;
  readonly fingerprint: string | null;
  readonly expires_at: Date | null;
  readonly renewed_at: Date | null;
  readonly delta_token: string | null;
  readonly sweep: boolean;
  readonly asked: number;
  readonly failures: number;
  readonly problem: string | null;
}

/** Takes the care for a subscription, when it is due and nobody else has it. */
export async function claimSubscription(db: Database, connection: string, now: Date): Promise<SubscriptionRow | null> {
  await db
    .insertInto('entra_subscription')
    .values({ connection, due_at: now })
    .onConflict((on) => on.doNothing())
    .execute();
  const { rows } = await sql<SubscriptionRow>`
    update entra_subscription set leased_until = ${later(now, LEASE_MS)}::timestamptz
    where connection = ${connection} and due_at <= ${now}::timestamptz and (leased_until is null or leased_until <= ${now}::timestamptz)
    returning *`.execute(db);
  return rows[0] ?? null;
}

export type SubscriptionChange = Partial<
  Pick<SubscriptionRow, 'subscription_id' | 'fingerprint' | 'expires_at' | 'renewed_at' | 'delta_token' | 'sweep' | 'failures' | 'problem'>
>;

/** Writes what was reached, the claim being kept. */
export async function updateSubscription(db: Database, connection: string, change: SubscriptionChange): Promise<void> {
  await db.updateTable('entra_subscription').set(change).where('connection', '=', connection).execute();
}

/** Gives the care back until `dueAt`, or at once when something about the subscription came in meanwhile. */
export async function releaseSubscription(db: Database, { connection, asked }: SubscriptionRow, dueAt: Date): Promise<void> {
  await sql`
    update entra_subscription
    set leased_until = null, due_at = case when asked = ${asked} then ${dueAt}::timestamptz else due_at end,
      sweep = sweep or asked <> ${asked}
    where connection = ${connection}`.execute(db);
}

/** Takes in what Graph says about a subscription. What it says about one that we no longer have changes nothing. */
export async function noteLifecycle(
  db: Database,
  connection: string,
  { event, subscriptionId }: { readonly event: LifecycleEvent; readonly subscriptionId: string | null },
  now: Date,
): Promise<void> {
  const isRemoved = event === 'subscriptionRemoved';
  await sql`
    update entra_subscription
    set due_at = ${now}::timestamptz, asked = asked + 1, renewed_at = null, sweep = sweep or ${event !== 'reauthorizationRequired'}::boolean,
      subscription_id = case when ${isRemoved}::boolean then null else subscription_id end
    where connection = ${connection} and subscription_id = ${subscriptionId}`.execute(db);
}

export async function readSubscriptions(db: Database, connections: readonly string[]): Promise<SubscriptionRow[]> {
  const { rows } = await sql<SubscriptionRow>`select * from entra_subscription where connection = any(${[...connections]}::text[])`.execute(
    db,
  );
  return rows;
}
