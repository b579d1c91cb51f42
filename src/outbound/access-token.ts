import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import type { Fault } from './fault.ts';
import type { Answer, Expected, HttpCall } from './http-call.ts';
import type { HttpClient } from './http-client.ts';

/** The access token of an OAuth client (RFC 6749, section 4.4), for as long as it is good. */
export interface AccessTokens {
  /** The token that is cached, or a new one. Callers who ask at once share one request, and one who leaves takes it from nobody. */
  get(signal: AbortSignal): Promise<string | Fault>;
  /** Says that the token was not accepted: the next one who asks gets another. */
  drop(token: string): void;
  close(): Promise<void>;
}

export interface AccessTokensNeeds {
  /** Speaks to the token address, whose last segment is `segment`. */
  readonly http: HttpClient;
  readonly segment: string;
  /** The request, made anew each time; what it throws is told as a credential that cannot be used. */
  readonly form: () => Promise<Readonly<Record<string, string>>>;
  /** The setting that holds the credential. */
  readonly credential: string;
  readonly clock: Clock;
}

interface Kept {
  readonly token: string;
  readonly until: number;
}

const answer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().catch(300) });

/** A token is used no longer than this before its end, or than half of its life where that is shorter. */
const MARGIN_MS = 60_000;

export function createAccessTokens(needs: AccessTokensNeeds): AccessTokens {
  const closing = new AbortController();
  let kept: Kept | null = null;
  let asking: Promise<Kept | Fault> | null = null;
  const fetchOne = async (): Promise<Kept | Fault> => {
    const fetched = await askFor(needs, closing.signal);
    kept = 'token' in fetched ? fetched : null;
    return fetched;
  };
  return {
    get: async (signal) => {
      if (kept && needs.clock.monotonic() < kept.until) return kept.token;
      asking ??= fetchOne().finally(() => {
        asking = null;
      });
      const fetched = await unlessAborted(asking, signal);
      return 'token' in fetched ? fetched.token : fetched;
    },
    drop: (token) => {
      if (kept?.token === token) kept = null;
    },
    close: async () => {
      closing.abort(new LeaverError('unavailable', 'The service is stopping.'));
      await asking?.catch(() => undefined);
      await needs.http.close();
    },
  };
}

async function askFor({ http, segment, form, credential, clock }: AccessTokensNeeds, signal: AbortSignal): Promise<Kept | Fault> {
  const filled = await form().catch((error: unknown) => unusable(credential, error));
  if ('kind' in filled) return filled as Fault;
  const call = { method: 'POST', path: [segment], form: filled, repeatable: true, expect: { 200: answer }, signal } as const;
  const received = await http.request(call);
  if (received.kind === 'fault') return received;
  const lifeMs = received.body.expires_in * 1_000;
  return { token: received.body.access_token, until: clock.monotonic() + lifeMs - Math.min(MARGIN_MS, lifeMs / 2) };
}

function unusable(credential: string, error: unknown): Fault {
  const message = `${credential} cannot be used (${messageOf(error)}), so no call was made: put a valid one there.`;
  return { kind: 'fault', cause: 'own-mistake', effect: 'none', retryable: false, message };
}

/** What the work comes to, for one of those who share it: who is called off leaves, and the work goes on for the others. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The same client, whose calls carry a token. One that is no longer accepted is replaced, and the call is made once more. */
export function withAccessToken(http: HttpClient, tokens: AccessTokens): HttpClient {
  const attempt = async <E extends Expected>(call: HttpCall<E>): Promise<{ outcome: Answer<E> | Fault; token: string | null }> => {
    const token = await tokens.get(call.signal);
    if (typeof token !== 'string') return { outcome: token, token: null };
    return { outcome: await http.request({ ...call, auth: { ...call.auth, authorization: `Bearer ${token}` } }), token };
  };
  return {
    request: async (call) => {
      const { outcome, token } = await attempt(call);
      if (token === null || outcome.kind !== 'fault' || outcome.cause !== 'credential') return outcome;
      tokens.drop(token);
      return (await attempt(call)).outcome;
    },
    close: async () => {
      await tokens.close();
      await http.close();
    },
  };
}
