import type { Command } from 'commander';
import { readEnvironment } from '../../config/environment.ts';
import { say } from '../output.ts';

interface MigrateOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .summary('bring the database to the schema of this version, and end')
    .description(
      'For a job that runs before service and worker are started. However many run at once, one does it and the others wait for it.',
    )
    .option('--config <path>', 'the file (default: LEAVER_CONFIG, else ./leaver.yaml)')
    .option('--json', 'print what was done as JSON')
    .action(migrate);
}

async function migrate({ config: path, json }: MigrateOptions): Promise<void> {
  const { configPath, env } = readEnvironment();
  // Loaded only here: the other commands start faster without them.
  const [{ loadConfig }, { migrateOnly }, { createLog }] = await Promise.all([
    import('../../config/config.ts'),
    import('../../migrate-only.ts'),
    import('../../kernel/log.ts'),
  ]);
  const config = await loadConfig({ path: path ?? configPath, env });
  const { carriedOut, newer } = await migrateOnly({ config, log: createLog({ level: 'warn', destination: process.stderr }) });
  if (json) {
    return say(JSON.stringify({ carriedOut, newer }));
  }
  const done =
    carriedOut.length === 0
      ? 'had the schema of this version already'
      : `was brought to the schema of this version: ${carriedOut.join(', ')}`;
  say(
    `The database ${done}.`,
    ...(newer.length > 0 ? [`A newer version has added to it: ${newer.join(', ')}. This one works beside it.`] : []),
  );
}
