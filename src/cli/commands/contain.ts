import type { Command } from 'commander';
import { DEFAULT_REASON, type OpenOptions, openCase } from '../open-case.ts';
import { printsAnswers } from '../service-options.ts';

export function containCommand(program: Command): void {
  printsAnswers(program.command('contain'))
    .summary('lock a person out everywhere, now')
    .description('Locks a person out of every target at once, and goes no further. A later `leaver offboard` carries on from there.')
    .argument('<email>', "the person's e-mail address")
    .option('--reason <why>', 'recorded with the case', DEFAULT_REASON)
    .option('--watch', 'stay until the case is completed (exit 0) or needs a person (exit 1)')
    .action(async (email: string, options: OpenOptions) => await openCase(email, 'contain', options));
}
