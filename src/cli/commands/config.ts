import type { Command } from 'commander';
import { parse } from 'yaml';
import type { Config } from '../../config/config.ts';
import { readEnvironment } from '../../config/environment.ts';
import { note, say } from '../output.ts';

interface ConfigOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function configCommand(program: Command): void {
  const config = program.command('config').summary('check or print the configuration');
  withPath(config.command('check').summary('name everything that is wrong with it; exit 78 if anything is')).action(check);
  withPath(config.command('print').summary('print it with its defaults and without its secrets'))
    .option('--json', 'print it as JSON')
    .action(print);
}

function withPath(command: Command): Command {
  return command.option('--config <path>', 'the file (default: LEAVER_CONFIG, else ./leaver.yaml)');
}

async function check(options: ConfigOptions): Promise<void> {
  const { config, path } = await load(options);
  const { unsupported } = await settings();
  await checkTemplates(config);
  for (const warning of unsupported(config).warnings) {
    note(`Warning: ${warning}`);
  }
  say(`The configuration ${path} is in order.`);
}

/** Loaded only here, as the schema is. */
async function checkTemplates({ notifications }: Config): Promise<void> {
  const { readTemplates } = await import('../../notifications/notifications.ts');
  await readTemplates(notifications.templatesDir ?? null);
}

async function print(options: ConfigOptions): Promise<void> {
  const { config } = await load(options);
  const { renderRedacted } = await settings();
  const text = renderRedacted(config);
  process.stdout.write(options.json ? `${JSON.stringify(parse(text))}\n` : text);
}

async function load(options: ConfigOptions): Promise<{ config: Config; path: string }> {
  const { configPath, env } = readEnvironment();
  const path = options.config ?? configPath;
  const { loadConfig } = await settings();
  return { config: await loadConfig({ path, env }), path };
}

/** Loaded only here: the other commands start faster without the schema of the configuration. */
async function settings(): Promise<typeof import('../../config/config.ts')> {
  return await import('../../config/config.ts');
}
