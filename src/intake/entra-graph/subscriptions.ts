import { createHash } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type Fault, growing, type HttpClient } from '../../outbound/outbound.ts';
import { createSubscriptionClient, type SubscriptionClient } from './client.ts';
import { claimSubscription, readSubscriptions, releaseSubscription, type SubscriptionRow, updateSubscription } from './store.ts';
import { currentPlace, sweep } from './sweep.ts';

/** A connection whose users Graph is to tell us about. */
export interface WatchedConnection {
  readonly connection: string;
  /** Signed in. */
  readonly graph: HttpClient;
  /** Where Graph reaches us. */
  readonly notificationUrl: string;
  readonly clientState: string;
}

export interface SubscriptionNeeds {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Twenty-eight days, a little less than the 41,760 minutes that Graph allows. */
const LIFE_MS = 40_320 * MINUTE_MS;
/** To renew, to find that it is gone, to make it anew and to sweep; a few more are a sign that no end will come. */
const MOST_DUTIES = 6;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 15 * MINUTE_MS;

/** What a subscription needs first. Pure. A day is early: for four weeks a renewal may fail before anything is lost. */
export function nextDuty(row: SubscriptionRow, fingerprint: string, now: Date): 'create' | 'renew' | 'sweep' | 'rest' {
  const { subscription_id, expires_at, renewed_at } = row;
  if (subscription_id === null || row.fingerprint !== fingerprint || expires_at === null || expires_at <= now) return 'create';
  if (renewed_at === null || now.getTime() - renewed_at.getTime() >= DAY_MS) return 'renew';
  return row.sweep ? 'sweep' : 'rest';
}

/**
 * Does what the subscription of a connection needs: makes it, renews it every day, makes it anew when it is gone or was made with another client state
 * or address, and then looks up what changed meanwhile. One process at a time; what was reached is kept, also when this one ends half-way. False when
 * nothing was due.
 */
export async function keepSubscription(needs: SubscriptionNeeds, watched: WatchedConnection, signal: AbortSignal): Promise<boolean> {
  const { db, clock, log } = needs;
  const row = await claimSubscription(db, watched.connection, clock.now());
  if (!row) return false;
  try {
    const kept = await doDuties(needs, watched, row, signal);
    await updateSubscription(db, row.connection, { failures: 0, problem: null });
    await releaseSubscription(db, row, new Date((kept.renewed_at ?? clock.now()).getTime() + DAY_MS));
  } catch (error) {
    if (signal.aborted) {
      await releaseSubscription(db, row, clock.now());
      throw error;
    }
    const failures = row.failures + 1;
    log.warn(
      { connection: row.connection, reason: messageOf(error) },
      'the subscription to changes of users is not in order; it is tried again',
    );
    await updateSubscription(db, row.connection, { failures, problem: messageOf(error) });
    await releaseSubscription(db, row, new Date(clock.now().getTime() + growing(Math.min(failures, 20), FIRST_RETRY_MS, LONGEST_RETRY_MS)));
  }
  return true;
}

async function doDuties(
  needs: SubscriptionNeeds,
  watched: WatchedConnection,
  row: SubscriptionRow,
  signal: AbortSignal,
): Promise<SubscriptionRow> {
  const client = createSubscriptionClient(watched.graph);
  let now = row;
  for (let done = 0; done < MOST_DUTIES; done += 1) {
    const duty = nextDuty(now, fingerprintOf(watched), needs.clock.now());
    if (duty === 'rest') return now;
    const change = await DUTIES[duty]({ ...needs, client, watched, row: now }, signal);
    await updateSubscription(needs.db, now.connection, change);
    now = { ...now, ...change };
  }
  throw new LeaverError('unavailable', 'Graph ends the subscription as soon as it is made. Check the clock of this machine.');
}

type Change = Parameters<typeof updateSubscription>[2];
type DutyNeeds = SubscriptionNeeds & {
  readonly client: SubscriptionClient;
  readonly watched: WatchedConnection;
  readonly row: SubscriptionRow;
};

const DUTIES: Readonly<Record<'create' | 'renew' | 'sweep', (needs: DutyNeeds, signal: AbortSignal) => Promise<Change>>> = {
  create,
  renew: async ({ client, clock, row }, signal) => {
    const answer = await client.renew(row.subscription_id ?? '', expiryFrom(clock.now()), signal);
    if (answer.kind === 'fault') throw problemOf(answer);
    if (answer.status === 404) return { subscription_id: null, sweep: true };
    return { expires_at: momentOf(answer.body.expirationDateTime), renewed_at: clock.now(), sweep: true };
  },
  sweep: async ({ db, client, clock, row }, signal) => ({
    delta_token: await sweep({ db, client, connection: row.connection, now: clock.now() }, row.delta_token, signal),
    sweep: false,
  }),
};

/** The place for the first sweep is taken before, so that nothing falls between. What an earlier start left behind, or another client state, goes. */
async function create({ db, client, watched, row, clock }: DutyNeeds, signal: AbortSignal): Promise<Change> {
  const { connection, notificationUrl, clientState } = watched;
  const delta_token = row.delta_token ?? (await currentPlace(client, signal));
  await updateSubscription(db, connection, { delta_token });
  await removeOurs(client, notificationUrl, row.subscription_id, signal);
  const made = await client.create(
    {
      changeType: 'updated,deleted',
      resource: 'users',
      notificationUrl,
      lifecycleNotificationUrl: notificationUrl,
      expirationDateTime: expiryFrom(clock.now()),
      clientState,
    },
    signal,
  );
  if (made.kind === 'fault') throw problemOf(made, ` Graph must reach ${notificationUrl} (server.publicUrl) and get its token back.`);
  if (made.status === 409) {
    throw new LeaverError(
      'conflict',
      'This application has another subscription to the same changes, with another address. Give this Leaver an application of its own, or delete that subscription.',
    );
  }
  const fingerprint = fingerprintOf(watched);
  const { id, expirationDateTime } = made.body;
  return { subscription_id: id, fingerprint, expires_at: momentOf(expirationDateTime), renewed_at: clock.now(), delta_token, sweep: true };
}

async function removeOurs(client: SubscriptionClient, notificationUrl: string, known: string | null, signal: AbortSignal): Promise<void> {
  const listed = await client.list(signal);
  if (listed.kind === 'fault') throw problemOf(listed);
  const ours = listed.body.value.filter((one) => one.id === known || one.notificationUrl === notificationUrl);
  for (const { id } of ours) {
    const removed = await client.remove(id, signal);
    if (removed.kind === 'fault') throw problemOf(removed);
  }
}

function problemOf({ message }: Fault, advice = ''): LeaverError {
  return new LeaverError('unavailable', `${message}${advice}`);
}

function expiryFrom(now: Date): string {
  return new Date(now.getTime() + LIFE_MS).toISOString();
}

function momentOf(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new LeaverError('unavailable', 'Graph did not say until when the subscription lasts.');
  return moment;
}

/** Changes when the secret or the address does; the secret itself is not kept. */
function fingerprintOf({ clientState, notificationUrl }: WatchedConnection): string {
  return createHash('sha256')
    .update(JSON.stringify([clientState, notificationUrl]), 'utf8')
    .digest('hex');
}

/** How the subscription of a connection is, for people and for alarms. */
export interface SubscriptionStatus {
  readonly connection: string;
  /** `missing`: Graph tells us nothing at present. */
  readonly state: 'active' | 'missing';
  readonly expiresAt: Date | null;
  readonly renewedAt: Date | null;
  /** What went wrong the last time, and what to do; null when all is in order. */
  readonly problem: string | null;
}

/** The status of each of the connections, in their order; of one that no worker has looked after yet, too. */
export async function subscriptionStatus(db: Database, connections: readonly string[], now: Date): Promise<SubscriptionStatus[]> {
  if (connections.length === 0) return [];
  const rows = new Map((await readSubscriptions(db, connections)).map((row) => [row.connection, row]));
  return connections.map((connection) => {
    const row = rows.get(connection);
    const isActive = row !== undefined && row.subscription_id !== null && row.expires_at !== null && row.expires_at > now;
    return {
      connection,
      state: isActive ? 'active' : 'missing',
      expiresAt: row?.expires_at ?? null,
      renewedAt: row?.renewed_at ?? null,
      problem: row?.problem ?? (row ? null : 'no worker has looked after it yet'),
    };
  });
}
