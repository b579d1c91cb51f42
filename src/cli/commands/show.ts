import type { Command } from 'commander';
import { caseAnswer } from '../answers.ts';
import { renderCase } from '../case-view.ts';
import { pathOf } from '../follow.ts';
import { say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';
import { openTerminal } from '../terminal.ts';
import { watchCase } from '../watch.ts';

export function showCommand(program: Command): void {
  printsAnswers(program.command('show'), "print the service's JSON as it came; with --watch the case, then each recorded change on a line")
    .summary('show a case with its steps')
    .argument('<id>', 'the id of the case')
    .option('--watch', 'stay until the case is completed (exit 0) or needs a person (exit 1)')
    .action(showCase);
}

async function showCase(id: string, { json = false, watch = false, ...options }: AnswerOptions & { watch?: boolean }): Promise<void> {
  const service = connectTo(options);
  const answer = await service.get(pathOf(id));
  const found = answer.read(caseAnswer);
  if (watch) {
    await watchCase(service, found, { json, text: answer.text });
  } else {
    say(...(json ? [answer.text] : renderCase(found, new Date(), openTerminal())));
  }
}
