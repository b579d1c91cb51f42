import type { FastifyRequest } from 'fastify';
import { isTraceparent, type OpenSpan, openSpan } from '../kernel/trace.ts';
import type { Http } from './build-http.ts';

/**
 * Makes each request a span, but those of `without`, which come so often that they would bury everything else. Without tracing it costs next to nothing.
 */
export function traceRequests(http: Http, without: ReadonlySet<string>): void {
  http.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const span = without.has(route) ? null : openSpanOf(request, route);
    if (!span?.traceparent) {
      done();
      return;
    }
    reply.raw.once('close', () => endSpan(span, reply.raw.writableFinished ? reply.statusCode : null));
    span.within(done);
  });
}

/** To which trace a request belongs, a proxy may say that is trusted to say who calls. On the open internet anybody could. */
function openSpanOf({ method, headers, ips = [] }: FastifyRequest, route: string): OpenSpan {
  const { traceparent } = headers;
  const isForwarded = ips.length > 1;
  const parent = isForwarded && isTraceparent(traceparent) ? traceparent : null;
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
