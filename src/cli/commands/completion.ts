import { Argument, type Command } from 'commander';
import { renderBash } from '../completion/bash.ts';
import { renderFish } from '../completion/fish.ts';
import { placesOf } from '../completion/model.ts';
import { renderZsh } from '../completion/zsh.ts';

const SHELLS = { bash: renderBash, zsh: renderZsh, fish: renderFish } as const;

/** The script follows from the commands themselves, so it knows what this version knows. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .summary('print a script that lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', HOW_TO)
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell](placesOf(program)));
    });
}

const HOW_TO = `
  bash   source <(leaver completion bash)          in ~/.bashrc
  zsh    source <(leaver completion zsh)           in ~/.zshrc, after compinit
  fish   leaver completion fish | source           in ~/.config/fish/config.fish`;
