import { type DestinationStream, type Logger, pino } from 'pino';
import { traceId } from './trace.ts';

export type Log = Logger;

/** Where addresses of people may stand in full: in lines of debugging and tracing alone, or everywhere. */
export type EmailRule = 'debug-only' | 'always';

export interface LogOptions {
  readonly level?: string;
  readonly emails?: EmailRule;
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

const INFO = 30;
const LEVEL = /^\{"level":(\d+)/;

/** Either an escape of JSON, or a word with the domain behind it, if it has one. Each word is looked at once, so that no line takes long. */
const ESCAPE_OR_WORD = /\\(?:u[0-9a-f]{4}|.)|[^\s"\\/@<>()[\]{},;:=?&']+(?:@[\p{L}\p{N}][\p{L}\p{N}.-]*)?/giu;
const AT = /@|%40/;

/** The line without the addresses of people, also those in a URL, unless it is one that only those see who look for a fault. */
function maskEmails(line: string): string {
  const isForEverybody = Number(LEVEL.exec(line)?.[1]) >= INFO;
  return isForEverybody && AT.test(line) ? line.replace(ESCAPE_OR_WORD, maskEmail) : line;
}

function maskEmail(found: string): string {
  return AT.test(found) && !found.startsWith('\\') ? '[e-mail]' : found;
}

/** A JSON logger, one line a fact, with secrets taken out, and addresses of people from `info` on; within a trace each line has its id. */
export function createLog({ level = 'info', emails = 'debug-only', destination }: LogOptions = {}): Log {
  const options = {
    level,
    base: null,
    serializers: { err: describeError },
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    mixin: traceOf,
    ...(emails === 'debug-only' && { hooks: { streamWrite: maskEmails } }),
  };
  return destination ? pino(options, destination) : pino(options);
}

function traceOf(): object {
  const id = traceId();
  return id === null ? {} : { traceId: id };
}
