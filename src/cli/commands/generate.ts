import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CommandError, EXIT } from '../exit.ts';
import { note } from '../output.ts';

const OPENAPI_FILE = path.join(import.meta.dirname, '..', '..', '..', 'openapi.yaml');

interface GenerateOptions {
  readonly check?: boolean;
  readonly file: string;
}

/** For those who work on Leaver itself, so the help does not name it. */
export function generateCommand(program: Command): void {
  program
    .command('generate', { hidden: true })
    .summary('write the files that follow from the code')
    .option('--check', 'write nothing; fail when a file is not what the code says')
    .option('--file <path>', 'where the description of the API lies', OPENAPI_FILE)
    .action(generate);
}

async function generate({ check, file }: GenerateOptions): Promise<void> {
  const { describeApi } = await import('../describe-api.ts');
  const text = await describeApi();
  if (!check) {
    await writeFile(file, text);
    note(`Wrote ${file}.`);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    throw new CommandError(EXIT.failed, `${path.basename(file)} is out of date: run npm run generate`);
  }
}
