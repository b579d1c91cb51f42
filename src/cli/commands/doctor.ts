import type { Command } from 'commander';
import { examine, renderExamination } from '../doctor.ts';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';
import { openTerminal } from '../terminal.ts';

export function doctorCommand(program: Command): void {
  printsAnswers(program.command('doctor'), 'print what was found as JSON')
    .summary('try the service, each connection and each target, and say what to mend')
    .action(seeDoctor);
}

/** Exit 1 when something has to be mended. What reading alone cannot tell is shown, and is no reason. */
async function seeDoctor(options: AnswerOptions): Promise<void> {
  const examination = await examine(connectTo(options));
  say(...(options.json ? [JSON.stringify(examination)] : renderExamination(examination, openTerminal())));
  const { toFix } = examination;
  if (toFix > 0) {
    const things = toFix === 1 ? 'One thing has' : `${toFix} things have`;
    throw new CommandError(EXIT.failed, `${things} to be mended: see ${options.json ? 'the verdict "fix"' : 'the lines with ✗'}.`);
  }
}
