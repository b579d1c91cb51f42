import type { Command } from 'commander';
import type { ServiceOptions } from './service.ts';

/** Gives a command what every command has that speaks to a running service. */
export function speaksToService(command: Command): Command {
  return command
    .option('--url <url>', 'where the service is (default: LEAVER_URL, else http://127.0.0.1:8080)')
    .option('--token <token>', 'the operator token (default: LEAVER_TOKEN, which other users of this machine cannot see)');
}

/** The options of a command that speaks to a service and can print its answer as it came. */
export interface AnswerOptions extends ServiceOptions {
  readonly json?: boolean;
}

export function printsAnswers(command: Command, description = "print the service's JSON as it came"): Command {
  return speaksToService(command).option('--json', description);
}
