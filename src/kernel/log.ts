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

/** What was thrown, and nothing that a library has hung on it: pg attaches the connection with its keys, and the values of the row that was refused. */
function describeError(thrown: unknown): object {
  if (!(thrown instanceof Error)) {
    return { message: String(thrown) };
  }
  const { name: type, message, stack } = thrown;
  const code = 'code' in thrown ? String(thrown.code) : undefined;
  return { type, message, code, stack, cause: thrown.cause === undefined ? undefined : describeError(thrown.cause) };
}

/** A JSON logger, one line a fact, with secrets taken out. */
export function createLog({ level = 'info', destination }: LogOptions = {}): Log {
  const options = { level, base: null, serializers: { err: describeError }, redact: { paths: SECRET_PATHS, censor: '[redacted]' } };
  return destination ? pino(options, destination) : pino(options);
}
