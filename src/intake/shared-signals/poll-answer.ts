import { z } from 'zod';
import type { JsonAnswer } from '../../outbound/outbound.ts';
import type { SetError } from './verify.ts';

/** What the transmitter has still to be told: which tokens are stored, and which were refused. */
export interface Settled {
  readonly ack: readonly string[];
  readonly setErrs: Readonly<Record<string, SetError>>;
}

export const NOTHING_SETTLED: Settled = { ack: [], setErrs: {} };

/** What became of one token: stored, refused for good, or neither yet, so that it must come again. */
export type Settlement = { readonly kind: 'stored' } | { readonly kind: 'refused'; readonly error: SetError } | { readonly kind: 'later' };

const answerSchema = z.object({ sets: z.record(z.string(), z.unknown()) });

/** What stands under the id of a token in a poll's answer: the token, or null where it is none. */
export type Entries = ReadonlyMap<string, string | null>;

/** What a poll brought, by `jti`; null when the answer is not one to a poll. Each entry counts for itself, so that a bad one holds up no other. */
export function entriesIn({ status, body }: JsonAnswer): Entries | null {
  const parsed = answerSchema.safeParse(body);
  if (status !== 200 || !parsed.success) {
    return null;
  }
  return new Map(Object.entries(parsed.data.sets).map(([jti, token]) => [jti, typeof token === 'string' ? token : null]));
}

/** What is told of an entry that holds no token (RFC 8936, section 2.4.4). */
export const NO_TOKEN: SetError = {
  err: 'invalid_request',
  description: 'What stands under this id is no security event token, but no text at all.',
};

/** The body of a poll (RFC 8936, section 2.2). The first one asks for what is there, later ones wait for what comes. */
export function pollBody({ ack, setErrs }: Settled, isFirst: boolean): Record<string, unknown> {
  return {
    maxEvents: MOST_TOKENS,
    returnImmediately: isFirst,
    ...(ack.length > 0 && { ack }),
    ...(Object.keys(setErrs).length > 0 && { setErrs }),
  };
}

const MOST_TOKENS = 100;

export function settle(settlements: ReadonlyMap<string, Settlement>): Settled {
  const all = [...settlements];
  return {
    ack: all.flatMap(([jti, { kind }]) => (kind === 'stored' ? [jti] : [])),
    setErrs: Object.fromEntries(all.flatMap(([jti, one]) => (one.kind === 'refused' ? [[jti, one.error] as const] : []))),
  };
}

/**
 * Whether the next poll may follow at once: something new came, and all of it is settled. A transmitter that sends the same tokens again and again is
 * not asked any faster for it.
 */
export function madeProgress(settlements: ReadonlyMap<string, Settlement>, before: Settled): boolean {
  const known = new Set([...before.ack, ...Object.keys(before.setErrs)]);
  const hasNews = [...settlements.keys()].some((jti) => !known.has(jti));
  return hasNews && [...settlements.values()].every(({ kind }) => kind !== 'later');
}

const LONGEST_PAUSE_MS = 300_000;

/** How long to wait after this many failures in a row, or as long as the transmitter says. */
export function pauseAfter(failures: number, intervalMs: number, retryAfter: string | null): number {
  const asked = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : 0;
  const doubled = Math.min(intervalMs * 2 ** Math.min(failures - 1, 20), Math.max(intervalMs, LONGEST_PAUSE_MS));
  return Math.min(Math.max(asked, doubled), Math.max(intervalMs, LONGEST_PAUSE_MS));
}
