import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { unreachable } from '../kernel/errors.ts';
import type { Observation, Observe } from '../kernel/observe.ts';
import { COUNTED, type Metric, READ } from './catalogue.ts';
import type { Reading } from './gauges.ts';

/** The metrics of one service, as OpenTelemetry counts them. */
export interface Instruments {
  readonly observe: Observe;
  /** Everything in the text format of Prometheus, the gauges being those that are given. */
  render(gauges: readonly Reading[]): Promise<string>;
}

export function createInstruments(): Instruments {
  const { meter, text } = openMeter();
  const counted = countersOn(meter);
  return {
    observe: (observation) => record(counted, observation),
    render: async (gauges) => `${await renderGauges(gauges)}\n${await text()}\n`,
  };
}

/** A meter of its own, and what it has counted so far in the text format of Prometheus. */
function openMeter(): { readonly meter: Meter; readonly text: () => Promise<string> } {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('leaver');
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  return { meter, text: async () => serializer.serialize((await reader.collect()).resourceMetrics) };
}

/** On a new meter each time: one that lives on would tell the last value of a gauge for ever, also when nobody knows it any more. */
async function renderGauges(gauges: readonly Reading[]): Promise<string> {
  const { meter, text } = openMeter();
  for (const [key, { name, help, kind }] of Object.entries<Metric>(READ)) {
    const instrument =
      kind === 'counter'
        ? meter.createObservableCounter(name, { description: help })
        : meter.createObservableGauge(name, { description: help });
    instrument.addCallback((result) => {
      for (const { value, labels = {} } of gauges.filter(({ metric }) => metric === key)) {
        result.observe(value, labels);
      }
    });
  }
  return await text();
}

type Counted = ReturnType<typeof countersOn>;

function countersOn(meter: Meter) {
  const counter = ({ name, help }: Metric): Counter => meter.createCounter(name, { description: help });
  const histogram = ({ name, help, buckets = [] }: Metric): Histogram =>
    meter.createHistogram(name, { description: help, advice: { explicitBucketBoundaries: [...buckets] } });
  return {
    signals: counter(COUNTED.signals),
    senderRefusals: counter(COUNTED.senderRefusals),
    polls: counter(COUNTED.polls),
    timeToContain: histogram(COUNTED.timeToContain),
    timeToComplete: histogram(COUNTED.timeToComplete),
    casesEnded: counter(COUNTED.casesEnded),
    attempts: counter(COUNTED.attempts),
    attemptSeconds: histogram(COUNTED.attemptSeconds),
    calls: counter(COUNTED.calls),
    retries: counter(COUNTED.retries),
    callSeconds: histogram(COUNTED.callSeconds),
  };
}

function record(counted: Counted, observation: Observation): void {
  switch (observation.kind) {
    case 'signal-stored': {
      const { connection, channel, disposition } = observation;
      counted.signals.add(1, { connection, channel, disposition });
      return;
    }
    case 'sender-refused':
      counted.senderRefusals.add(1, { channel: observation.channel });
      return;
    case 'stream-polled':
      counted.polls.add(1, { connection: observation.connection, outcome: observation.outcome });
      return;
    case 'case-contained':
      counted.timeToContain.record(observation.seconds, { playbook: observation.playbook });
      return;
    case 'case-ended':
      recordEnd(counted, observation);
      return;
    case 'attempt-ended': {
      const { target, action, outcome, seconds } = observation;
      counted.attempts.add(1, { target, action, outcome });
      counted.attemptSeconds.record(seconds, { target, action });
      return;
    }
    case 'call-ended':
      recordCall(counted, observation);
      return;
    default:
      unreachable(observation);
  }
}

function recordEnd(counted: Counted, { playbook, state, seconds }: Extract<Observation, { kind: 'case-ended' }>): void {
  counted.casesEnded.add(1, { playbook, state });
  if (state === 'completed') {
    counted.timeToComplete.record(seconds, { playbook });
  }
}

function recordCall(counted: Counted, { system, method, answer, repeated, seconds }: Extract<Observation, { kind: 'call-ended' }>): void {
  counted.calls.add(1, { system, method, answer });
  counted.callSeconds.record(seconds, { system });
  if (repeated) {
    counted.retries.add(1, { system });
  }
}
