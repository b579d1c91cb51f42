import { writeFile } from 'node:fs/promises';
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
    .requiredOption('-o, --output <file>', 'where to write it; - for the standard output')
    .action(downloadEvidence);
}

async function downloadEvidence(id: string, { output, ...options }: ServiceOptions & { output: string }): Promise<void> {
  const { text } = await connectTo(options).get(`${pathOf(id)}/evidence`);
  if (output === '-') {
    process.stdout.write(text);
    return;
  }
  await write(output, text);
  note(`The evidence is in ${output}. To check it: leaver verify ${output} --key <jwks-file>`);
}

/** It names people, so a new file is readable by its owner only. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new CommandError(EXIT.failed, `The evidence cannot be written: ${messageOf(error)}`, error);
  }
}
