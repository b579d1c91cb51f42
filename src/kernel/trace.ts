import { type Attributes, type Context, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/**
 * Spans, by the API of OpenTelemetry. As long as nobody has switched tracing on, they cost next to nothing and come to nothing.
 *
 * A span holds no message of an error, no address of a person and no part of a body: whoever operates the tracing may not be allowed to see them.
 */
export interface SpanFacts {
  readonly kind?: 'internal' | 'server' | 'client';
  readonly attributes?: Attributes;
  /** Where the span belongs, as `traceparent` says it; null begins a trace of its own. Without it: to the span that is open here. */
  readonly parent?: string | null;
  /** Milliseconds since 1970; now, if left out. */
  readonly startedAt?: number;
}

/** A span that is open. */
export interface OpenSpan {
  /** Where whatever follows from it belongs: a `traceparent` of W3C Trace Context. Null when nothing is traced. */
  readonly traceparent: string | null;
  note(attributes: Attributes): void;
  /** What the span stands for did not succeed; `type` is a code, never a message. */
  fail(type: string): void;
  /** Runs `work` with this as the open span, across all that it awaits. */
  within<T>(work: () => T): T;
  end(): void;
}

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Opens a span that its caller ends. */
export function openSpan(name: string, { kind = 'internal', attributes = {}, parent, startedAt }: SpanFacts = {}): OpenSpan {
  const surrounding = parent === undefined ? context.active() : contextOf(parent);
  const options = { kind: KINDS[kind], attributes, ...(startedAt !== undefined && { startTime: startedAt }) };
  const span = trace.getTracer('leaver').startSpan(name, options, surrounding);
  return {
    traceparent: traceparentOf(span),
    note: (more) => void span.setAttributes(more),
    fail: (type) => void span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR }),
    within: (work) => context.with(trace.setSpan(surrounding, span), work),
    end: () => span.end(),
  };
}

/** Runs `work` as a span. What it throws passes through, and the span says that it failed. */
export async function traced<T>(name: string, facts: SpanFacts, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  const span = openSpan(name, facts);
  try {
    return await span.within(async () => await work(span));
  } catch (error) {
    span.fail(codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Where what follows from the span that is open here belongs; null when none is, or nothing is traced. */
export function traceparent(): string | null {
  const span = trace.getSpan(context.active());
  return span === undefined ? null : traceparentOf(span);
}

/** The trace that is open here, for a line of the log; null when there is none. */
export function traceId(): string | null {
  return trace.getSpanContext(context.active())?.traceId ?? null;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Whether a header is one that can be gone on from. */
export function isTraceparent(header: unknown): header is string {
  return typeof header === 'string' && TRACEPARENT.test(header);
}

function contextOf(parent: string | null): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(parent ?? '') ?? [];
  return traceId && spanId && flags
    ? trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true })
    : ROOT_CONTEXT;
}

function traceparentOf(span: Span): string | null {
  const spanContext = span.spanContext();
  const { traceId, spanId, traceFlags } = spanContext;
  return trace.isSpanContextValid(spanContext) ? `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` : null;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
