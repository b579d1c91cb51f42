import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { fetchJson } from '../outbound/outbound.ts';

/** What a token's header says about the key it was signed with. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string;
}

/** `unreachable`: the key may exist, but the set could not be fetched just now; `reason` says why. */
export type KeysFound =
  | { readonly kind: 'keys'; readonly keys: readonly CryptoKey[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * The public keys of one issuer, as its JWKS (RFC 7517) has them. They are fetched when first asked for, again when they are ten minutes old, and
 * when a key is asked for that is not among them: so a new key works at once, and one that was taken away works for ten minutes at most. The set is
 * never fetched more often than every five seconds, whatever tokens come. While it cannot be fetched, the keys of the last day go on.
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

interface Loaded {
  readonly set: LocalJWKSet;
  readonly at: number;
}

interface Try {
  readonly at: number;
  /** Null when it succeeded. */
  readonly failure: string | null;
}

export function createKeySet({ jwksUri, clock, log }: KeySetNeeds): KeySet {
  let loaded: Loaded | null = null;
  let lastTry: Try | null = null;
  let pending: Promise<void> | null = null;

  const load = async (): Promise<void> => {
    try {
      const address = typeof jwksUri === 'string' ? jwksUri : await jwksUri();
      loaded = { set: createLocalJWKSet(await fetchKeySet(address)), at: clock.monotonic() };
      lastTry = { at: loaded.at, failure: null };
    } catch (error) {
      lastTry = { at: clock.monotonic(), failure: messageOf(error) };
      const where = typeof jwksUri === 'string' ? { jwksUri } : {};
      log.warn({ ...where, reason: lastTry.failure }, 'the keys of an issuer could not be fetched; those known go on, others are refused');
    }
  };
  /** One fetch at a time; whoever asks meanwhile waits for it. */
  const reload = async (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = null;
    });
    await pending;
  };
  const isDue = (): boolean => pending !== null || lastTry === null || clock.monotonic() - lastTry.at >= COOL_DOWN_MS;
  const isYoungerThan = (ms: number): boolean => loaded !== null && clock.monotonic() - loaded.at < ms;
  const known = async (hint: KeyHint): Promise<readonly CryptoKey[]> =>
    loaded && isYoungerThan(USABLE_MS) ? await keysFor(loaded.set, hint) : [];

  return {
    find: async (hint) => {
      if (!isYoungerThan(FRESH_MS) && isDue()) {
        await reload();
      }
      let keys = await known(hint);
      if (keys.length === 0 && isDue()) {
        await reload();
        keys = await known(hint);
      }
      if (keys.length > 0) {
        return { kind: 'keys', keys };
      }
      return lastTry?.failure ? { kind: 'unreachable', reason: lastTry.failure } : { kind: 'unknown' };
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
