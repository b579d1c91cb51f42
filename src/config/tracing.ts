import type { Variables } from './interpolate.ts';

/** Whether traces are sent, and which; where to, and with which headers, the exporter reads from its variables itself. */
export interface TracingEnvironment {
  readonly isOn: boolean;
  /** Of the traces that begin here, the part that is kept, from 0 to 1. */
  readonly ratio: number;
  /** What is set and will not happen, for people. */
  readonly warnings: readonly string[];
}

/**
 * Reads the standard variables. Traces are on where an OTLP endpoint is set, or `OTEL_TRACES_EXPORTER` is `otlp`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracing(env: Variables): TracingEnvironment {
  const exporter = env['OTEL_TRACES_EXPORTER'] || (hasEndpoint(env) ? 'otlp' : 'none');
  const isOff = isTrue(env['OTEL_SDK_DISABLED']) || exporter === 'none';
  if (isOff) {
    return { isOn: false, ratio: 0, warnings: [] };
  }
  if (exporter !== 'otlp') {
    return { isOn: false, ratio: 0, warnings: [`OTEL_TRACES_EXPORTER is ${exporter}, and Leaver has otlp only: no traces are sent`] };
  }
  const { ratio, warning } = readSampler(env);
  return { isOn: true, ratio, warnings: [...protocolWarning(env), ...(warning === null ? [] : [warning])] };
}

function hasEndpoint(env: Variables): boolean {
  return Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true';
}

function protocolWarning(env: Variables): string[] {
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  return protocol === 'http/protobuf'
    ? []
    : [`OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, and Leaver speaks http/protobuf only: it is spoken all the same`];
}

/** Whoever begins a trace decides for all of it, so that each sampler is what it is called with `parentbased_` before its name. */
function readSampler(env: Variables): { readonly ratio: number; readonly warning: string | null } {
  const name = (env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on').replace(/^parentbased_/, '');
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || '1');
  switch (name) {
    case 'always_on':
      return { ratio: 1, warning: null };
    case 'always_off':
      return { ratio: 0, warning: null };
    case 'traceidratio':
      return ratio >= 0 && ratio <= 1
        ? { ratio, warning: null }
        : { ratio: 1, warning: 'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1: every trace is kept' };
    default:
      return { ratio: 1, warning: `OTEL_TRACES_SAMPLER is ${name}, which Leaver does not know: every trace is kept` };
  }
}
