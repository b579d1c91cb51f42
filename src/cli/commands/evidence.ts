import type { Command } from 'commander';
import { pathOf } from '../follow.ts';
import { note } from '../output.ts';
import { connectTo, type ServiceOptions } from '../service.ts';
import { speaksToService } from '../service-options.ts';
import { writeDownload } from '../write-download.ts';
import { readSizeOf } from './checkpoint.ts';

export function evidenceCommand(program: Command): void {
  speaksToService(program.command('evidence'))
    .summary('download the signed evidence of a case')
    .argument('<id>', 'the id of the case')
    .requiredOption('-o, --output <file>', 'where to write it; - for the standard output')
    .option('--since <file>', 'a checkpoint that you have kept, which its ledger is proven to continue')
    .action(downloadEvidence);
}

async function downloadEvidence(
  id: string,
  { output, since, ...options }: ServiceOptions & { output: string; since?: string },
): Promise<void> {
  const from = since === undefined ? undefined : await readSizeOf(since);
  const { text } = await connectTo(options).get(`${pathOf(id)}/evidence`, { from });
  if (output === '-') {
    process.stdout.write(text);
    return;
  }
  await writeDownload(output, text, 'The evidence');
  note(`The evidence is in ${output}. To check it: leaver verify ${output} --key <jwks-file>`);
}
