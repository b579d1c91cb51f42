import path from 'node:path';
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
    .requiredOption(
      '-o, --output <file>',
      'where to write it, and by its end in which form: .json, .html or .zip; - for JSON on the standard output',
    )
    .option('--since <file>', 'a checkpoint that you have kept, which its ledger is proven to continue')
    .action(downloadEvidence);
}

const FORMS: Readonly<Record<string, string>> = { '.html': 'html', '.htm': 'html', '.zip': 'zip' };

async function downloadEvidence(
  id: string,
  { output, since, ...options }: ServiceOptions & { output: string; since?: string },
): Promise<void> {
  const from = since === undefined ? undefined : await readSizeOf(since);
  const format = FORMS[path.extname(output).toLowerCase()] ?? 'json';
  const file = await connectTo(options).download(`${pathOf(id)}/evidence`, { from, format });
  if (output === '-') {
    process.stdout.write(file);
    return;
  }
  await writeDownload(output, file, 'The evidence');
  note(`The evidence is in ${output}. ${format === 'html' ? READ_ONLY : `To check it: leaver verify ${output} --key <jwks-file>`}`);
}

const READ_ONLY = 'It is for reading; what can be checked is the bundle: -o case.zip takes both.';
