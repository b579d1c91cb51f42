import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { COMMANDS } from './commands/commands.ts';
import { EXIT, type ExitCode, exitCodeOf, explain } from './exit.ts';
import { note } from './output.ts';

/** Runs one command line to its end; what went wrong has been told on the standard error by then. */
export async function runProgram(words: readonly string[]): Promise<ExitCode> {
  try {
    await createProgram().parseAsync(words, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const message = explain(error);
    if (message !== null) {
      note(message);
    }
    return exitCodeOf(error);
  }
}

/** Every command with its options. */
export function createProgram(): Command {
  const program = new Command('leaver')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('(--help tells what is possible)')
    .addHelpText('after', EXIT_CODES);
  for (const add of COMMANDS) {
    add(program);
  }
  return program;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 verification failed, 75 service unreachable, 78 configuration`;
