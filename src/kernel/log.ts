import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

export interface LogOptions {
  readonly level?: string;
  readonly destination?: DestinationStream;
}

/** Names whose values never reach a log line, wherever they stand. */
const SECRET_PATHS = ['authorization', 'token', 'secret', 'secrets', 'password', 'cookie'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** A JSON logger, one line a fact, with secrets taken out. */
export function createLog({ level = 'info', destination }: LogOptions = {}): Log {
  const options = { level, base: null, redact: { paths: SECRET_PATHS, censor: '[redacted]' } };
  return destination ? pino(options, destination) : pino(options);
}
