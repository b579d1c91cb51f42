import { type Command, Option } from 'commander';
import { printPlan } from '../plan-view.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';

export function planCommand(program: Command): void {
  printsAnswers(program.command('plan'))
    .summary('show what a case would do, and touch nothing')
    .argument('<email>', "the person's e-mail address")
    .addOption(new Option('--playbook <name>', 'what for').choices(['offboard', 'contain']).default('offboard'))
    .action(async (email: string, options: AnswerOptions & { playbook: string }) => await printPlan(email, options.playbook, options));
}
