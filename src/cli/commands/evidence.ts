import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { messageOf } from '../../kernel/errors.ts';
import { CommandError, EXIT } from '../exit.ts';
import { pathOf } from '../follow.ts';
import { note } from '../output.ts';
import { connectTo, type ServiceOptions } from '../service.ts';
import { speaksToService } from '../service-options.ts';

export function evidenceCommand(program: Command): void {
  speaksToService(program.command('evidence'))
    .summary('download the signed evidence of a case')
    .argument('<id>', 'the id of the case')
    .requiredOption(
      '-o, --output <file>',
      'where to write it, and by its end in which form: .json, .html or .zip; - for JSON on the standard output',
    )
    .action(downloadEvidence);
}

async function downloadEvidence(id: string, { output, ...options }: ServiceOptions & { output: string }): Promise<void> {
  const format = FORMS[path.extname(output).toLowerCase()] ?? 'json';
  const file = await connectTo(options).download(`${pathOf(id)}/evidence`, { format });
  if (output === '-') {
    process.stdout.write(file);
    return;
  }
  await write(output, file);
  note(`The evidence is in ${output}. ${format === 'html' ? READ_ONLY : `To check it: leaver verify ${output} --key <jwks-file>`}`);
}

const FORMS: Readonly<Record<string, string>> = { '.html': 'html', '.htm': 'html', '.zip': 'zip' };
const READ_ONLY = 'It is for reading; what can be checked is the bundle: take -o case.zip for both.';

/** It names people, so a new file is readable by its owner only. */
async function write(file: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(file, content, { mode: 0o600 });
  } catch (error) {
    throw new CommandError(EXIT.failed, `The evidence cannot be written: ${messageOf(error)}`, error);
  }
}
