import type { Command } from 'commander';
import { z } from 'zod';
import { note, say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';

const answerSchema = z.object({ cases: z.array(z.string()), signals: z.number() });

export function eraseCommand(program: Command): void {
  printsAnswers(program.command('erase'))
    .summary('forget a person whose cases are over')
    .description(
      'Removes every address, name and id of a person, and the salts by which the ledger could be tied to them. It cannot be undone. The ledger says that it was done, and still verifies.',
    )
    .argument('<email>', 'any address that the person has or had')
    .option('--reason <why>', 'recorded in the ledger', 'the person asked for it')
    .action(erasePerson);
}

async function erasePerson(email: string, { reason, json, ...options }: AnswerOptions & { reason: string }): Promise<void> {
  const answer = await connectTo(options).post('/v1/erasures', { email, reason });
  const { cases, signals } = answer.read(answerSchema);
  if (json) {
    say(answer.text);
    return;
  }
  say(`Erased. ${cases.length} cases and ${signals} signals are about nobody now; the ledger says so, and still verifies.`);
  note('Evidence that was downloaded before still names the person: whoever keeps it must remove it.');
}
