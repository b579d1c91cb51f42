import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CommandError, EXIT } from '../exit.ts';
import { note } from '../output.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** Every file that follows from the code, by its place in the repository. */
const GENERATED: readonly { readonly file: string; render(): Promise<string> }[] = [
  { file: 'openapi.yaml', render: async () => await (await import('../describe-api.ts')).describeApi() },
  { file: 'docs/configuration.md', render: async () => (await import('../../config/config.ts')).describeConfig() },
];

interface GenerateOptions {
  readonly check?: boolean;
  readonly folder: string;
}

/** For those who work on Leaver itself, so the help does not name it. */
export function generateCommand(program: Command): void {
  program
    .command('generate', { hidden: true })
    .summary('write the files that follow from the code')
    .option('--check', 'write nothing; fail when a file is not what the code says')
    .option('--folder <path>', 'where the repository lies', ROOT)
    .action(generate);
}

async function generate({ check, folder }: GenerateOptions): Promise<void> {
  const stale: string[] = [];
  for (const { file, render } of GENERATED) {
    const [place, text] = [path.join(folder, file), await render()];
    if (!check) {
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, text);
      note(`Wrote ${place}.`);
    } else if ((await readFile(place, 'utf8').catch(() => '')) !== text) {
      stale.push(file);
    }
  }
  if (stale.length > 0) {
    throw new CommandError(EXIT.failed, `${stale.join(' and ')} ${stale.length > 1 ? 'are' : 'is'} out of date: run npm run generate`);
  }
}
