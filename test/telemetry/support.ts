import { channel } from 'node:diagnostics_channel';
import type { TestContext } from 'node:test';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { createLog } from '../../src/kernel/log.ts';
import { startTracing } from '../../src/telemetry/tracing.ts';
import { undo } from '../support/undo.ts';

/** Traces of this process, kept in memory. */
export interface Recorder {
  /** The spans that have ended so far. */
  spans(): readonly ReadableSpan[];
}

export function recordTraces(t: TestContext, ratio = 1): Recorder {
  const exporter = new InMemorySpanExporter();
  const tracing = startTracing({ ratio, log: createLog({ level: 'fatal' }), processor: new SimpleSpanProcessor({ exporter }) });
  undo(t, async () => await tracing.stop());
  return { spans: () => exporter.getFinishedSpans() };
}

/** What undici sent out, as it sent it. */
export interface SentRequest {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly traceparent: string | null;
}

/** Every request of undici's pools in this process, while the test runs. */
export function recordRequests(t: TestContext): readonly SentRequest[] {
  const sent: SentRequest[] = [];
  const listen = (message: unknown): void => {
    const { request } = message as { request: { origin: URL | string; method: string; path: string; headers: readonly string[] | string } };
    const headers = typeof request.headers === 'string' ? request.headers.split(/: |\r\n/) : request.headers;
    const at = headers.findIndex((name) => String(name).toLowerCase() === 'traceparent');
    sent.push({
      origin: String(request.origin),
      method: request.method,
      path: request.path,
      traceparent: at < 0 ? null : String(headers[at + 1]),
    });
  };
  const created = channel('undici:request:create');
  created.subscribe(listen);
  undo(t, async () => void created.unsubscribe(listen));
  return sent;
}
