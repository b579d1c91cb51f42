import type { Command } from 'commander';
import { openedAnswer } from '../answers.ts';
import { headOf } from '../case-view.ts';
import { pathOf } from '../follow.ts';
import { say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';
import { openTerminal } from '../terminal.ts';

const SUMMARIES = {
  approve: 'let a held case go on',
  retry: 'try again what has failed, without waiting for its next time',
  cancel: 'take a case back before anything was handed over: the account is as it was before',
  reverse: 'take a case back after that and before the removal: what was handed over is given back as well',
} as const;

/** The commands by which an operator tells a case what to do. The reason has no default: it is what an auditor reads later. */
export function instructionCommands(program: Command): void {
  for (const [kind, summary] of Object.entries(SUMMARIES)) {
    printsAnswers(program.command(kind))
      .summary(summary)
      .argument('<id>', 'the id of the case')
      .requiredOption('--reason <why>', 'recorded with the case')
      .action(async (id: string, { reason, json, ...options }: AnswerOptions & { reason: string }) => {
        const answer = await connectTo(options).post(`${pathOf(id)}/${kind}`, { reason });
        const { case: changed } = answer.read(openedAnswer);
        say(...(json ? [answer.text] : headOf(changed, openTerminal())));
      });
  }
}
