import type { FastifyRequest } from 'fastify';
import { isTraceparent, type OpenSpan, openSpan } from '../kernel/trace.ts';
import type { Http } from './build-http.ts';

export interface TraceRequestsOptions {
  /** Whether whoever calls may say to which trace a request belongs; anybody could, on the open internet. */
  readonly trustsCaller: boolean;
  /** Routes that are asked so often that they would bury everything else. */
  readonly without: ReadonlySet<string>;
}

/** Makes each request a span. Without tracing it costs next to nothing. */
export function traceRequests(http: Http, { trustsCaller, without }: TraceRequestsOptions): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  http.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const span = without.has(route) ? null : openSpanOf(request, route, trustsCaller);
    if (!span?.traceparent) {
      done();
      return;
    }
    spans.set(request, span);
    reply.raw.once('close', () => endSpan(span, reply.raw.writableFinished ? reply.statusCode : null));
    span.within(done);
  });
  // The body is read by events of the socket, which know nothing of the span.
  http.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    span ? span.within(done) : done();
  });
}

function openSpanOf({ method, headers }: FastifyRequest, route: string, trustsCaller: boolean): OpenSpan {
  const { traceparent } = headers;
  const parent = trustsCaller && isTraceparent(traceparent) ? traceparent : null;
  return openSpan(`${method} ${route}`, { kind: 'server', parent, attributes: { 'http.request.method': method, 'http.route': route } });
}

function endSpan(span: OpenSpan, status: number | null): void {
  if (status === null) {
    span.fail('client-gone');
  } else {
    span.note({ 'http.response.status_code': status });
    if (status >= 500) span.fail(String(status));
  }
  span.end();
}
