import { type Command, Option } from 'commander';
import { PROVIDERS, type Provider } from '../demo/channel.ts';
import { CHANNEL_NAMES, CHANNELS, type ChannelName } from '../demo/channels.ts';

interface DemoFlags {
  readonly channel: ChannelName;
  readonly provider?: Provider;
  readonly keep?: boolean;
}

export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .summary('see the main job from end to end, on this machine, with nothing else installed')
    .addOption(new Option('--channel <name>', 'how Leaver is told that somebody has left').choices(CHANNEL_NAMES).default('okta'))
    .addOption(new Option('--provider <name>', 'who provisions over scim; entra where nobody is named').choices(PROVIDERS))
    .option('--keep', 'leave everything running afterwards, until Ctrl-C')
    .addHelpText('after', `\nChannels:\n${CHANNEL_NAMES.map((name) => `  ${name.padEnd(18)}${CHANNELS[name].about}`).join('\n')}`)
    .action(async ({ channel, provider, keep = false }: DemoFlags) => {
      if (provider && channel !== 'scim') {
        command.error(`error: option '--provider' is for '--channel scim', and not for '${channel}'`);
      }
      const { runDemo } = await import('../demo/demo.ts');
      await runDemo({ channel, provider: provider ?? 'entra', keep });
    });
}
