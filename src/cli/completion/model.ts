import type { Argument, Command, Option } from 'commander';

/** What may come after a word: one of these, a file, or something that only the user knows. */
export type Value =
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'free' };

export interface CompletedOption {
  /** `--json`, and `-o` where there is one. */
  readonly words: readonly string[];
  readonly about: string;
  /** null for a switch. */
  readonly value: Value | null;
}

/** A place on the command line: after `leaver`, after `leaver config`, after `leaver config check`. */
export interface Place {
  /** The commands that lead there, each with a blank before it; empty at the beginning. */
  readonly at: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly CompletedOption[];
  readonly argument: Value | null;
}

/** Every place that the program's help knows, made from the program itself. */
export function placesOf(program: Command): Place[] {
  return placesFrom(program, '');
}

function placesFrom(command: Command, at: string): Place[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  const [argument] = command.registeredArguments;
  const place: Place = {
    at,
    commands: below.map((one) => ({ name: one.name(), about: one.summary() || one.description() })),
    options: help.visibleOptions(command).map(completedOption),
    argument: argument ? completedValue(argument, argument.name()) : null,
  };
  return [place, ...below.flatMap((one) => placesFrom(one, `${at} ${one.name()}`))];
}

function completedOption(option: Option): CompletedOption {
  const words = [option.long, option.short].filter((word) => typeof word === 'string');
  const takesValue = option.required || option.optional;
  return {
    words,
    about: option.description,
    value: takesValue ? completedValue(option, /[<[](.*)[>\]]/.exec(option.flags)?.[1] ?? '') : null,
  };
}

function completedValue({ argChoices }: Pick<Argument | Option, 'argChoices'>, placeholder: string): Value {
  if (argChoices) {
    return { kind: 'choice', choices: argChoices };
  }
  return /file|path|csv/.test(placeholder) ? { kind: 'file' } : { kind: 'free' };
}
