import { Pool } from 'undici';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { traced } from '../kernel/trace.ts';
import { retryAfterMs } from './backoff.ts';
import { causeOfFailure, causeOfStatus } from './classify.ts';
import type { Failed } from './fault.ts';
import { failureOf } from './http-client.ts';

const LARGEST_ANSWER = 64 * 1024;

export interface HookClientOptions {
  /** What the receiver is called in messages. */
  readonly name: string;
  /** Path and query are often its secret: neither is ever shown. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HookPost {
  /** JSON, sent as it is: a signature may lie over it. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** `cameBack` is the end of a sentence that begins with whom was posted to. */
export type Posted = { readonly kind: 'taken'; readonly status: number } | ({ readonly kind: 'failed' } & Failed);

/** Posts to one address of somebody else's. Whatever answers 2xx has taken it; redirects are not followed. One try a call: the caller has a schedule. */
export interface HookClient {
  /** Throws never: everything that goes wrong comes back. */
  post(call: HookPost): Promise<Posted>;
  close(): Promise<void>;
}

export function createHookClient(options: HookClientOptions): HookClient {
  const { name, url, timeoutMs, clock, log } = options;
  const { origin, pathname, search } = new URL(url);
  const limits = { connectTimeout: timeoutMs, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: LARGEST_ANSWER };
  const pool = new Pool(origin, { ...limits, allowH2: false });
  return {
    post: async ({ body, headers, signal }) => {
      const deadline = AbortSignal.timeout(3 * timeoutMs);
      const either = AbortSignal.any([signal, deadline]);
      const posted = await traced(`POST ${name}`, { kind: 'client', attributes: { 'http.request.method': 'POST' } }, async (span) => {
        const told = span.traceparent === null ? headers : { ...headers, traceparent: span.traceparent };
        const outcome = await exchange(pool, `${pathname}${search}`, body, told, either, clock);
        span.note({ ...(outcome.status !== undefined && { 'http.response.status_code': outcome.status }) });
        if (outcome.kind === 'failed') span.fail(outcome.cause);
        return outcome;
      });
      log.debug({ target: name, status: posted.status, ...(posted.kind === 'failed' && { cause: posted.cause }) }, 'posted');
      return posted;
    },
    close: async () => await pool.close(),
  };
}

async function exchange(
  pool: Pool,
  path: string,
  body: string,
  headers: HookPost['headers'],
  signal: AbortSignal,
  clock: Clock,
): Promise<Posted> {
  try {
    const sent = { 'content-type': 'application/json', 'user-agent': 'leaver', ...headers };
    const answer = await pool.request({ method: 'POST', path, body, headers: sent, signal });
    // It is taken already: what else the answer holds, and whether it comes to an end, does not matter.
    await answer.body.dump().catch(() => undefined);
    return read(answer.statusCode, answer.headers['retry-after'], clock.now());
  } catch (error) {
    const failure = signal.aborted ? { code: 'DEADLINE' } : failureOf(error);
    return { kind: 'failed', cause: causeOfFailure(failure), cameBack: `brought no usable answer (${failure.code})` };
  }
}

function read(status: number, header: unknown, now: Date): Posted {
  if (status >= 200 && status < 300) {
    return { kind: 'taken', status };
  }
  const patience = retryAfterMs(header, now);
  const came = { cause: causeOfStatus(status), cameBack: `answered ${status}`, status };
  return { kind: 'failed', ...came, ...(patience !== undefined && { retryAfterMs: patience }) };
}
