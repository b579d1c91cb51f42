import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readTracing } from '../../src/config/config.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
const ALL = { isOn: true, ratio: 1, warnings: [] };
const NONE = { isOn: false, ratio: 0, warnings: [] };

suite('traces are sent', () => {
  for (const [env, expected] of [
    [{}, NONE],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '' }, NONE],
    [ENDPOINT, ALL],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, ALL],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, ALL],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, NONE],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }, NONE],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }, ALL],
    [
      { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'always_off' },
      { ...ALL, ratio: 0 },
    ],
    [
      { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { ...ALL, ratio: 0.25 },
    ],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio' }, ALL],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, ALL],
  ] as const) {
    test(`as the standard variables say: ${JSON.stringify(env)}`, () => assert.deepEqual(readTracing(env), expected));
  }
});

suite('what is set and will not happen is said', () => {
  for (const [env, isOn, warning] of [
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, false, /zipkin.*no traces are sent/],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, true, /grpc.*http\/protobuf only/],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'jaeger_remote' }, true, /jaeger_remote.*every trace is kept/],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '25 %' }, true, /not a number from 0 to 1/],
  ] as const) {
    test(JSON.stringify(env), () => {
      const read = readTracing(env);
      assert.equal(read.isOn, isOn);
      assert.equal(read.warnings.length, 1);
      assert.match(read.warnings[0] ?? '', warning);
    });
  }
});
