import { CommanderError } from 'commander';
import { LeaverError, messageOf } from '../kernel/errors.ts';

/** How a command ends, for scripts. The last two are EX_TEMPFAIL and EX_CONFIG of sysexits.h. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notVerified: 4,
  unreachable: 75,
  configuration: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with an exit code and with a sentence for people: what happened, and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** The exit code that stands for what was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) {
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return error instanceof LeaverError && error.code === 'configuration' ? EXIT.configuration : EXIT.failed;
}

/** What people are told about it; null when they have been told already. */
export function explain(error: unknown): string | null {
  if (error instanceof CommanderError) {
    return null;
  }
  if (error instanceof CommandError || error instanceof LeaverError) {
    return error.message;
  }
  return `This should not have happened: ${error instanceof Error && error.stack ? error.stack : messageOf(error)}`;
}
