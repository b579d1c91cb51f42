import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf } from '../../kernel/errors.ts';
import { CommandError, EXIT } from '../exit.ts';
import { note } from '../output.ts';
import { connectTo, type ServiceOptions } from '../service.ts';
import { speaksToService } from '../service-options.ts';
import { writeDownload } from '../write-download.ts';

export function checkpointCommand(program: Command): void {
  speaksToService(program.command('checkpoint'))
    .summary('download what the ledger is now, signed, to be kept')
    .requiredOption('-o, --output <file>', 'where to write it; - for the standard output')
    .option('--since <file>', 'an earlier checkpoint, which it is proven to continue')
    .action(downloadCheckpoint);
}

interface CheckpointOptions extends ServiceOptions {
  readonly output: string;
  readonly since?: string;
}

async function downloadCheckpoint({ output, since, ...options }: CheckpointOptions): Promise<void> {
  const from = since === undefined ? undefined : await readSizeOf(since);
  const { text } = await connectTo(options).get('/v1/ledger/checkpoint', { from });
  if (output === '-') {
    process.stdout.write(text);
    return;
  }
  await writeDownload(output, text, 'The checkpoint');
  const advice =
    since === undefined ? 'Keep it where the service cannot reach it' : `To check it: leaver verify ${output} --checkpoint ${since}`;
  note(`The checkpoint is in ${output}. ${advice}.`);
}

/** How many entries the ledger had at the checkpoint in a file, which may be evidence too. */
export async function readSizeOf(file: string): Promise<string> {
  const { verifyCheckpoint } = await import('../../ledger/verify-checkpoint.ts');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(EXIT.notFound, `${file} cannot be read: ${messageOf(error)}`, error);
  });
  const verdict = await verifyCheckpoint(text);
  if (!verdict.ok) {
    throw new CommandError(EXIT.notVerified, `${file} does not verify: ${verdict.problem}`);
  }
  return String(verdict.checkpoint.size);
}
