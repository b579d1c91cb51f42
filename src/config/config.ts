export { type Environment, readEnvironment } from './environment.ts';
export type { Variables } from './interpolate.ts';
export { type LoadOptions, loadConfig, parseConfig } from './load.ts';
export { renderRedacted } from './redact.ts';
export { describeConfig } from './reference.ts';
export type {
  Config,
  Connection,
  EntraConnection,
  FastioLiveTargetConfig,
  FastioTargetConfig,
  FlashbackTargetConfig,
  HttpConfig,
  NotificationsConfig,
  OktaConnection,
  OperatorRole,
  OperatorToken,
  PolicyConfig,
  ServerConfig,
  SignalAction,
  SsfConnection,
  TargetConfig,
  WebhookConnection,
} from './schema.ts';
export { type Unsupported, unsupported } from './support.ts';
export { readTracing, type TracingEnvironment } from './tracing.ts';
