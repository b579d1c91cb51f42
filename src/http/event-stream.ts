import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An open stream of server-sent events. */
export interface EventStream {
  /** Aborted when the client is gone, or when the server closes. */
  readonly signal: AbortSignal;
  /** Sends events as they are written by `toEvent`; waits for a client that reads slowly, so that nothing piles up here. */
  send(events: string): Promise<void>;
}

export interface EventStreamNeeds {
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  /** How long nothing may be said; proxies, and our own limit for idle connections, cut what is silent for longer. */
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 15_000;

/**
 * Answers a request with a stream of server-sent events, until `tell` is done or the client is gone. What goes wrong on the way is logged and ends the
 * stream; the client then resumes with Last-Event-ID.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  { closing, keepAliveMs = KEEP_ALIVE_MS }: EventStreamNeeds,
  tell: (stream: EventStream) => Promise<void>,
): Promise<void> {
  const { raw } = reply.hijack();
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  if (request.method === 'HEAD') {
    raw.end();
    return;
  }
  raw.flushHeaders();
  // Not to a client that does not read: for it the connection is to count as idle.
  const keepAlive = setInterval(() => raw.writableNeedDrain || raw.write(': still here\n\n'), keepAliveMs);
  const signal = AbortSignal.any([gone.signal, closing]);
  try {
    await tell({ signal, send: async (events) => void (raw.write(events) || (await once(raw, 'drain', { signal }))) });
  } catch (error) {
    if (!signal.aborted) {
      request.log.error({ err: error }, 'a stream of events broke off; its client will come again');
    }
  } finally {
    clearInterval(keepAlive);
    raw.end();
  }
}

/** One event; `data` is sent as JSON, in which no line ends. */
export function toEvent(id: number, name: string, data: unknown): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The id after which a client wants to go on; 0, the beginning, where it names none that there can be. */
export function lastEventId({ headers }: FastifyRequest): number {
  const id = Number(headers['last-event-id'] ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}
