import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_REASON, type OpenOptions, openCase } from '../open-case.ts';
import { printPlan } from '../plan-view.ts';
import { printsAnswers } from '../service-options.ts';

interface OffboardOptions extends OpenOptions {
  readonly dryRun?: boolean;
  readonly file?: string;
  readonly yes?: number;
  readonly again?: boolean;
}

export function offboardCommand(program: Command): void {
  const command = printsAnswers(
    program.command('offboard'),
    "print the service's JSON as it came; with --file a line for each thing that happens",
  )
    .summary('take a person out of every target, or everybody whom a file names')
    .description('Takes a person out: locked out first, then what they own is handed over, then removed and verified.')
    .usage('[options] <email>\n       leaver offboard [options] --file <csv>')
    .argument('[email]', "the person's e-mail address")
    .option('--reason <why>', 'recorded with the case', DEFAULT_REASON)
    .option('--watch', 'stay until the case is completed (exit 0) or needs a person (exit 1)')
    .option('--dry-run', 'only show what would be done; nothing is touched')
    .option('--file <csv>', 'everybody whom this file names: a column email, and where wanted playbook and reason')
    .option('--yes <count>', 'with --file: the number of people in it, for scripts, instead of typing it', readCount)
    .option('--again', 'with --file: also those whose case is over already')
    .addHelpText('after', ABOUT_FILES)
    .action(async (email: string | undefined, options: OffboardOptions) => await offboard(command, email, options));
}

const ABOUT_FILES = `
A file is looked up first, shown, confirmed, and only then started. Nobody is started of a file that has anything wrong in it,
and nobody twice when it is run again. Exit 1 when anybody of it needs a person.`;

async function offboard(command: Command, email: string | undefined, options: OffboardOptions): Promise<void> {
  const { file, yes, again } = options;
  if ((email === undefined) === (file === undefined)) {
    command.error("error: it takes either an e-mail address or '--file'");
  }
  if (file !== undefined) {
    // Loaded only here: most of the time it is one person.
    const { offboardFile } = await import('../bulk/offboard-file.ts');
    return await offboardFile({ ...options, file });
  }
  if (yes !== undefined || again) {
    command.error("error: '--yes' and '--again' are for '--file'");
  }
  await (options.dryRun ? printPlan(email ?? '', 'offboard', options) : openCase(email ?? '', 'offboard', options));
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    throw new InvalidArgumentError('It is the number of people in the file.');
  }
  return Number(text);
}
