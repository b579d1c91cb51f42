import type { Command } from 'commander';

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .summary('see the main job from end to end, on this machine, with nothing else installed')
    .option('--keep', 'leave everything running afterwards, until Ctrl-C')
    .action(async ({ keep = false }: { keep?: boolean }) => {
      const { runDemo } = await import('../demo/demo.ts');
      await runDemo({ keep });
    });
}
