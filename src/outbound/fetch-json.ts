import { messageOf } from '../kernel/errors.ts';
import { traced } from '../kernel/trace.ts';

export interface JsonCall {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Until the end of the answer. */
  readonly timeoutMs: number;
  /** Of the answer, in bytes. */
  readonly largest: number;
  /** What it is aborted with is thrown. */
  readonly signal?: AbortSignal;
}

export interface JsonAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there was none, or none in JSON. */
  readonly body: unknown;
}

export type Fetched = JsonAnswer | { readonly kind: 'failed'; readonly reason: string; readonly timedOut: boolean };

/** One call of an identity provider's address, and of that one only: redirects are not followed. Nothing is repeated. */
export async function fetchJson(url: string, call: JsonCall): Promise<Fetched> {
  const { method = 'GET', headers } = call;
  const attributes = { 'http.request.method': method, 'server.address': URL.parse(url)?.host ?? 'unknown' };
  return await traced(`${method} ${attributes['server.address']}`, { kind: 'client', attributes }, async (span) => {
    const fetched = await fetchOnce(
      url,
      span.traceparent === null ? call : { ...call, headers: { ...headers, traceparent: span.traceparent } },
    );
    if (fetched.kind === 'answer') {
      span.note({ 'http.response.status_code': fetched.status });
    } else {
      span.fail(fetched.timedOut ? 'timed-out' : 'failed');
    }
    return fetched;
  });
}

async function fetchOnce(url: string, call: JsonCall): Promise<Fetched> {
  const { method = 'GET', headers = {}, body, timeoutMs, largest, signal } = call;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: {
        accept: 'application/json',
        'user-agent': 'leaver',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await readLimited(response, largest);
    return { kind: 'answer', status: response.status, headers: response.headers, body: parseJson(text) };
  } catch (error) {
    signal?.throwIfAborted();
    const timedOut = limit.aborted;
    return { kind: 'failed', reason: timedOut ? `no answer within ${timeoutMs / 1_000} seconds` : reasonOf(error), timedOut };
  }
}

async function readLimited(response: Response, largest: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largest) {
      throw new Error(`the answer has more than ${largest} bytes`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch knows lies in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause);
}
