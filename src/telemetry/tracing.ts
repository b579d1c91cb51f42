import { setTimeout as delay } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

/** Tracing that is switched on, for the whole process. */
export interface Tracing {
  /** Sends what is left, and switches off. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  /** Of the traces that begin here, the part that is kept, from 0 to 1. */
  readonly ratio: number;
  readonly log: Log;
  /** Where spans go when they end; by default to the OTLP endpoint that the environment names. */
  readonly processor?: SpanProcessor;
  /** How long a collector that does not answer may hold up the end. */
  readonly patienceMs?: number;
}

/** Switches tracing on. This file is loaded by nobody else, so that a service without traces does not pay for what it brings. */
export function startTracing({ ratio, log, processor = toOtlp(), patienceMs = 2_000 }: TracingOptions): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'leaver' }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  });
  setGlobalErrorHandler((error) => log.warn({ reason: messageOf(error) }, 'traces could not be sent; they are lost, and nothing else is'));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    stop: async () => {
      trace.disable();
      context.disable();
      propagation.disable();
      await Promise.race([provider.shutdown(), delay(patienceMs, undefined, { ref: false })]);
    },
  };
}

function toOtlp(): SpanProcessor {
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
}
