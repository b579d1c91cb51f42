import pRetry from 'p-retry';
import { type Dispatcher, Pool } from 'undici';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { type Observe, unobserved } from '../kernel/observe.ts';
import { traced } from '../kernel/trace.ts';
import { pauseBeforeRetry, type RetrySettings } from './backoff.ts';
import { causeOfFailure, VERDICTS } from './classify.ts';
import type { Dialect } from './dialect.ts';
import { type Failed, type FailedCall, type Fault, faultOf } from './fault.ts';
import { type Received, readAnswer } from './http-answer.ts';
import { type Answer, bodyOf, type Expected, type HttpCall, headersOf, keptPathOf, pathOf, queryOf, secretsIn } from './http-call.ts';
import { requestIdOf, type SeenRequest, tellObserver } from './observe.ts';

const LARGEST_ANSWER = 10 * 1024 * 1024;

export interface HttpSettings {
  /** For each of connecting, waiting for the answer to begin, and waiting for more of it; three times that is the end in any case. */
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
  readonly observe?: Observe;
}

export interface HttpClientOptions extends HttpSettings {
  /** What the system is called in messages. */
  readonly name: string;
  readonly baseUrl: string;
  /** The headers that prove who we are, asked for before every try. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The setting that holds the credential, named where it is not accepted. */
  readonly credential: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the system does not speak plain HTTP and JSON. */
  readonly dialect?: Dialect;
  /** A number from 0 up to 1, for the jitter of pauses. */
  readonly random?: () => number;
}

/**
 * Speaks JSON over HTTP with one system, and with that one only: redirects are not followed.
 *
 * `request` throws only when the call's signal is aborted, its `beforeCall` or the client's `headers` throw, or its path is unsafe;
 * everything that the other side does, or fails to do, comes back as an answer or a fault.
 */
export interface HttpClient {
  request<E extends Expected>(call: HttpCall<E>): Promise<Answer<E> | Fault>;
  /** Waits for the calls under way, then closes all connections. */
  close(): Promise<void>;
}

/** Makes the client of one system. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const pool = openPool(options);
  const { host, pathname } = new URL(options.baseUrl);
  const line = { ...options, pool, host, prefix: pathname.replace(/\/+$/, '') };
  const end = options.dialect?.trailingSlash ? '/' : '';
  return {
    request: (call) => request(line, call, pathOf(line.prefix, call.path) + end),
    close: () => pool.close(),
  };
}

type Line = HttpClientOptions & { readonly pool: Pool; readonly host: string; readonly prefix: string };

function openPool({ baseUrl, timeoutMs }: HttpClientOptions): Pool {
  // As many connections as there are calls: a queue behind slow transfers would keep somebody's lock-out waiting.
  return new Pool(new URL(baseUrl).origin, {
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: LARGEST_ANSWER,
    // One call a connection, so that a connection that breaks leaves one outcome open and not many.
    allowH2: false,
  });
}

/** Carries a failed try through p-retry, which passes on nothing but errors. */
class FailedTry extends Error {
  readonly failed: Failed;

  constructor(failed: Failed) {
    super(failed.cameBack);
    this.failed = failed;
  }
}

async function request<E extends Expected>(line: Line, call: HttpCall<E>, path: string): Promise<Answer<E> | Fault> {
  const { signal } = call;
  const history = { tries: 0, unclear: false };
  const failing: FailedCall = {
    target: line.name,
    call: `${call.method} ${path}`,
    changes: call.method !== 'GET',
    credential: line.credential,
  };
  try {
    return await pRetry(() => tryOnce(line, call, path, history), {
      retries: line.retry.attempts - 1,
      minTimeout: 0,
      signal,
      shouldRetry: ({ error }) => waitForNext(line, call, history, error),
    });
  } catch (error) {
    if (error instanceof FailedTry) return faultOf(failing, error.failed, history.tries, history.unclear);
    throw error;
  }
}

interface History {
  tries: number;
  unclear: boolean;
}

async function tryOnce<E extends Expected>(line: Line, call: HttpCall<E>, path: string, history: History): Promise<Answer<E>> {
  const auth = { ...(await line.headers()), ...call.auth };
  call.beforeCall?.();
  history.tries += 1;
  const { clock, dialect } = line;
  const secrets = secretsIn(call, auth);
  const started = clock.monotonic();
  const received = await sendAsSpan(line, call, path, auth, history.tries).catch((error: unknown) => {
    tell(line, call, CALLED_OFF, started);
    throw error;
  });
  const outcome = 'cause' in received ? received : readAnswer(received, call.expect, { now: clock.now(), secrets, dialect });
  tell(line, call, triedOf(received, outcome, secrets), started);
  if ('kind' in outcome) return outcome;
  history.unclear ||= VERDICTS[outcome.cause].effect === 'unclear';
  throw new FailedTry(outcome);
}

type Tried = Pick<SeenRequest, 'status' | 'outcome' | 'requestId'>;

const CALLED_OFF: Tried = { status: null, outcome: 'called-off', requestId: null };

function triedOf(received: Received | Failed, outcome: Answer<Expected> | Failed, secrets: readonly string[]): Tried {
  return {
    status: 'cause' in received ? null : received.status,
    outcome: 'cause' in outcome ? outcome.cause : 'answered',
    requestId: 'cause' in received ? null : requestIdOf(received.headers, secrets),
  };
}

function tell({ clock, host, prefix }: Line, { method, path, query }: HttpCall<Expected>, tried: Tried, started: number): void {
  const tookMs = Math.round(clock.monotonic() - started);
  tellObserver({ method, host, path: keptPathOf(prefix, path), query: Object.keys(query ?? {}), ...tried, tookMs });
}

/** Waits before the next try. False when there must be none, because it would not help, might do the same thing twice, or lies too far off. */
async function waitForNext(line: Line, call: HttpCall<Expected>, history: History, error: Error): Promise<boolean> {
  if (!(error instanceof FailedTry) || VERDICTS[error.failed.cause].retry !== 'now') return false;
  const safe = call.method === 'GET' || call.repeatable || !history.unclear;
  const pause = pauseBeforeRetry(history.tries, line.retry, (line.random ?? Math.random)(), error.failed.retryAfterMs);
  if (!safe || pause === null) return false;
  await line.clock.sleep(pause, call.signal);
  return true;
}

/** One try is one span, and tells the other side to which trace it belongs. */
async function sendAsSpan(
  line: Line,
  call: HttpCall<Expected>,
  path: string,
  auth: Readonly<Record<string, string>>,
  tries: number,
): Promise<Received | Failed> {
  const { name: system, clock, observe = unobserved } = line;
  const { method } = call;
  const attributes = {
    'http.request.method': method,
    'server.address': new URL(line.baseUrl).host,
    'url.path': withoutEmails(path),
    'leaver.system': system,
    ...(tries > 1 && { 'http.request.resend_count': tries - 1 }),
  };
  const started = clock.monotonic();
  return await traced(`${method} ${system}`, { kind: 'client', attributes }, async (span) => {
    const received = await send(line, call, path, span.traceparent === null ? auth : { ...auth, traceparent: span.traceparent });
    if ('cause' in received) {
      span.fail(received.cause);
    } else {
      span.note({ 'http.response.status_code': received.status });
    }
    const answer = 'cause' in received ? received.cause : String(received.status);
    observe({ kind: 'call-ended', system, method, answer, repeated: tries > 1, seconds: (clock.monotonic() - started) / 1_000 });
    return received;
  });
}

/** Some systems know people by their address. */
function withoutEmails(path: string): string {
  return path.replace(/[^/]*(?:@|%40)[^/]*/gi, '{e-mail}');
}

async function send(
  line: Line,
  call: HttpCall<Expected>,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Received | Failed> {
  const { clock, log, name } = line;
  const deadline = AbortSignal.timeout(3 * line.timeoutMs);
  const started = clock.monotonic();
  const note = (seen: { status: number } | { failure: string }) =>
    log.debug({ target: name, method: call.method, path, ...seen, ms: Math.round(clock.monotonic() - started) }, 'called');
  try {
    const received = await exchange(line.pool, {
      method: call.method,
      path: path + queryOf(call.query),
      headers: headersOf(call, headers),
      body: bodyOf(call),
      signal: AbortSignal.any([call.signal, deadline]),
    });
    note({ status: received.status });
    return received;
  } catch (error) {
    call.signal.throwIfAborted();
    const failure = deadline.aborted ? { code: 'DEADLINE' } : failureOf(error);
    note({ failure: failure.code });
    return { cause: causeOfFailure(failure), cameBack: `brought no usable answer (${failure.code})` };
  }
}

async function exchange(pool: Pool, options: Dispatcher.RequestOptions): Promise<Received> {
  const { statusCode, headers, body } = await pool.request(options);
  return { status: statusCode, headers, text: await body.text() };
}

/** Codes only: the message of an error may quote what was sent. */
export function failureOf(error: unknown): { code: string; syscall?: string } {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return { code: typeof code === 'string' ? code : 'UNKNOWN', ...(typeof syscall === 'string' && { syscall }) };
}
