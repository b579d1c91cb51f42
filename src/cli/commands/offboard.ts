import type { Command } from 'commander';
import { DEFAULT_REASON, type OpenOptions, openCase } from '../open-case.ts';
import { printPlan } from '../plan-view.ts';
import { printsAnswers } from '../service-options.ts';

interface OffboardOptions extends OpenOptions {
  readonly dryRun?: boolean;
}

export function offboardCommand(program: Command): void {
  printsAnswers(program.command('offboard'))
    .summary('take a person out of every target')
    .description('Takes a person out: locked out first, then what they own is handed over, then removed and verified.')
    .argument('<email>', "the person's e-mail address")
    .option('--reason <why>', 'recorded with the case', DEFAULT_REASON)
    .option('--watch', 'stay until the case is completed (exit 0) or needs a person (exit 1)')
    .option('--dry-run', 'only show what would be done; nothing is touched')
    .action(async (email: string, options: OffboardOptions) => {
      await (options.dryRun ? printPlan(email, 'offboard', options) : openCase(email, 'offboard', options));
    });
}
