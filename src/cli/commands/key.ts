import type { Command } from 'commander';
import { z } from 'zod';
import { say } from '../output.ts';
import { connectTo } from '../service.ts';
import { type AnswerOptions, printsAnswers } from '../service-options.ts';

const answerSchema = z.object({ from: z.string(), to: z.string() });

export function keyCommand(program: Command): void {
  const key = program.command('key').summary('the key that signs evidence');
  printsAnswers(key.command('rotate'))
    .summary('sign with a new key from now on; what was signed before still verifies')
    .requiredOption('--reason <why>', 'recorded in the ledger')
    .action(rotate);
}

async function rotate({ reason, json, ...options }: AnswerOptions & { reason: string }): Promise<void> {
  const answer = await connectTo(options).post('/v1/ledger/key/rotate', { reason });
  const { from, to } = answer.read(answerSchema);
  if (json) {
    say(answer.text);
    return;
  }
  say(`Evidence is signed with the key ${to} from now on, and no longer with ${from}.`);
  say('Fetch /.well-known/jwks.json anew and give it to whoever verifies: it has both. Back up evidence-key.json in the data folder.');
}
