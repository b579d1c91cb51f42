import type { Command } from 'commander';

export function serveCommand(program: Command): void {
  program
    .command('serve')
    .summary('run the service')
    .description('Runs the service until a signal stops it. Reads LEAVER_CONFIG (default: ./leaver.yaml).')
    .action(async () => {
      // Loaded only here: the other commands start much faster without the whole service.
      const { serve } = await import('../../server.ts');
      await serve();
    });
}
