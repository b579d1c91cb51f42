import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { within } from '../kernel/kept-answer.ts';
import type { Log } from '../kernel/log.ts';
import { fetchJson } from '../outbound/outbound.ts';

/** What a token's header says about the key it was signed with. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string;
}

/**
 * - `unknown`: the issuer has no such key; the set was fetched after the question
 * - `not-yet`: it may have one, as the set was fetched before the question and it is too early to fetch it again
 * - `unreachable`: it may have one, but the set cannot be fetched; `reason` says why
 */
export type KeysFound =
  | { readonly kind: 'keys'; readonly keys: readonly CryptoKey[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-yet'; readonly retryAfterMs: number }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly retryAfterMs: number };

/**
 * The public keys of one issuer, as its JWKS (RFC 7517) has them. They are fetched when first asked for, again when they are ten minutes old, and
 * when a key is asked for that is not among them, but never more often than every five seconds, whatever tokens come. So a new key works at once, or,
 * within those five seconds, when its token comes again; and one that was taken away works for ten minutes at most. Known keys wait half a second at
 * most for an issuer that is slow, and not at all for one that did not answer the last time: while the set cannot be fetched, the keys of the last day go on.
 */
export interface KeySet {
  find(hint: KeyHint): Promise<KeysFound>;
}

/** The address of a key set, or what finds it out whenever the keys are fetched; it throws when it cannot. */
export type KeySource = string | (() => Promise<string>);

export interface KeySetNeeds {
  readonly jwksUri: KeySource;
  readonly clock: Clock;
  readonly log: Log;
}

const FRESH_MS = 600_000;
const COOL_DOWN_MS = 5_000;
const USABLE_MS = 86_400_000;
const PATIENCE_MS = 500;

interface Loaded {
  readonly set: LocalJWKSet;
  readonly at: number;
}

/** A fetch that is under way. */
interface Fetching {
  readonly done: Promise<void>;
  /** Until then known keys wait for it: they may have been taken away. */
  readonly patience: Promise<void>;
}

/** A fetch that is over. */
interface Try {
  readonly number: number;
  readonly at: number;
  /** Null when it succeeded. */
  readonly failure: string | null;
}

export function createKeySet({ jwksUri, clock, log }: KeySetNeeds): KeySet {
  let loaded: Loaded | null = null;
  let fetching: Fetching | null = null;
  let lastTry: Try | null = null;
  let begun = 0;

  const load = async (number: number): Promise<void> => {
    try {
      const address = typeof jwksUri === 'string' ? jwksUri : await jwksUri();
      loaded = { set: createLocalJWKSet(await fetchKeySet(address)), at: clock.monotonic() };
      lastTry = { number, at: loaded.at, failure: null };
    } catch (error) {
      lastTry = { number, at: clock.monotonic(), failure: messageOf(error) };
      const where = typeof jwksUri === 'string' ? { jwksUri } : {};
      log.warn({ ...where, reason: lastTry.failure }, 'the keys of an issuer could not be fetched; those known go on, others wait');
    }
  };
  const begin = (): Fetching => {
    begun += 1;
    const done = load(begun).finally(() => {
      fetching = null;
    });
    return { done, patience: lastTry?.failure ? Promise.resolve() : within(PATIENCE_MS, done, undefined) };
  };
  const pauseMs = (): number => (lastTry === null ? 0 : Math.max(0, lastTry.at + COOL_DOWN_MS - clock.monotonic()));
  /** One fetch at a time: the one under way, else a new one, unless it is too early for that. */
  const fetchOnce = (): Fetching | null => {
    fetching ??= pauseMs() === 0 ? begin() : null;
    return fetching;
  };
  const isYoungerThan = (ms: number): boolean => loaded !== null && clock.monotonic() - loaded.at < ms;
  const known = async (hint: KeyHint): Promise<readonly CryptoKey[]> =>
    loaded && isYoungerThan(USABLE_MS) ? await keysFor(loaded.set, hint) : [];
  const missing = (before: number): KeysFound => {
    if (lastTry?.failure) {
      return { kind: 'unreachable', reason: lastTry.failure, retryAfterMs: pauseMs() };
    }
    // A fetch that had begun already may have missed a key that was published since.
    return lastTry !== null && lastTry.number > before ? { kind: 'unknown' } : { kind: 'not-yet', retryAfterMs: pauseMs() };
  };

  return {
    find: async (hint) => {
      const before = begun;
      if ((await known(hint)).length === 0) {
        await fetchOnce()?.done;
      } else if (!isYoungerThan(FRESH_MS)) {
        await fetchOnce()?.patience;
      }
      const keys = await known(hint);
      return keys.length > 0 ? { kind: 'keys', keys } : missing(before);
    },
  };
}

/** A token without a key id may have been signed with any of several keys. */
async function keysFor(set: LocalJWKSet, hint: KeyHint): Promise<readonly CryptoKey[]> {
  try {
    return [await set({ ...hint })];
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) {
      return await collect(error);
    }
    // A key in the set that cannot be read is as good as none.
    return [];
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}

const FETCH_MS = 3_000;
const LARGEST_SET = 262_144;
const setSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(200) });

/**
 * How many keys the address has at this moment, for somebody who asks whether it works.
 *
 * @throws Error when it has no key set
 */
export async function countKeys(jwksUri: string): Promise<number> {
  return (await fetchKeySet(jwksUri)).keys.length;
}

async function fetchKeySet(jwksUri: string): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const fetched = await fetchJson(jwksUri, { headers, timeoutMs: FETCH_MS, largest: LARGEST_SET });
  if (fetched.kind === 'failed') {
    throw new Error(fetched.reason);
  }
  const parsed = setSchema.safeParse(fetched.body);
  if (fetched.status !== 200 || !parsed.success) {
    throw new Error(`the address answered ${fetched.status}${fetched.status === 200 ? ' with something that is not a key set' : ''}`);
  }
  return parsed.data;
}
