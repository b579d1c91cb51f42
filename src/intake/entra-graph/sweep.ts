import type { Database } from '../../database/database.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { type ChangedUser, type DeltaPlace, placeAfter, type SubscriptionClient } from './client.ts';
import { askToReadBack } from './store.ts';

export interface SweepNeeds {
  readonly db: Database;
  readonly client: SubscriptionClient;
  readonly connection: string;
  readonly now: Date;
}

/** The place from which on changes can be asked for. */
export async function currentPlace(client: SubscriptionClient, signal: AbortSignal): Promise<string> {
  const { users, place } = await readAll(client, { $deltatoken: 'latest' }, signal);
  if (users.length === 0 && place !== null) return place;
  throw new LeaverError('unavailable', 'Graph did not say from where on changes can be asked for.');
}

/** What is read back after a sweep has no body of its own. */
const NO_BODY = '0'.repeat(64);

/**
 * Asks for everybody to be read back who changed since the token, whatever notifications were lost. Where the token is too old, everybody who is not
 * enabled is read back. Answers the token of the next sweep.
 */
export async function sweep({ db, client, connection, now }: SweepNeeds, token: string | null, signal: AbortSignal): Promise<string> {
  const since = token === null ? null : await readAll(client, { $deltatoken: token }, signal);
  const changes = since?.place ? since : await readAll(client, null, signal);
  if (changes.place === null) throw new LeaverError('unavailable', 'Graph began to list its users anew, and did not come to an end.');
  const users = changes === since ? changes.users : changes.users.filter(({ accountEnabled }) => accountEnabled !== true);
  await askToReadBack(db, connection, [...new Set(users.map(({ id }) => id))], { bodySha256: NO_BODY, now });
  return changes.place;
}

const MOST_PAGES = 100_000;

/** All pages from a place on; `place` is null when Graph no longer knows the one that was asked for. */
async function readAll(
  client: SubscriptionClient,
  from: DeltaPlace | null,
  signal: AbortSignal,
): Promise<{ readonly users: readonly ChangedUser[]; readonly place: string | null }> {
  const users: ChangedUser[] = [];
  let place = from;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer = await client.delta(place, signal);
    if (answer.kind === 'fault') throw new LeaverError('unavailable', answer.message);
    if (answer.status !== 200) return { users: [], place: null };
    users.push(...answer.body.value);
    const after = placeAfter(answer.body);
    if (after === null) break;
    if ('done' in after) return { users, place: after.done };
    place = after.next;
  }
  throw new LeaverError('unavailable', 'Graph lists changed users without an end.');
}
