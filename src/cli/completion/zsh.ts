import type { Place, Value } from './model.ts';

/** A script for zsh: for a folder of \`fpath\`, as \`_leaver\`, or to be sourced after \`compinit\`. */
export function renderZsh(places: readonly Place[]): string {
  return `#compdef leaver
# Completion of leaver for zsh; made by \`leaver completion zsh\`.
_leaver() {
  local at='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
      (${patterns(places.flatMap(({ at }) => (at === '' ? [] : [at])))}) at="$at $words[i]" ;;
    esac
  done
  case "$at:$words[CURRENT-1]" in
${places.flatMap(valueCases).join('\n')}
  esac
  case "$at" in
${places.map(placeCase).join('\n')}
  esac
  _describe -t leaver leaver found
}
if [ "$funcstack[1]" = "_leaver" ]; then
  _leaver "$@"
else
  compdef _leaver leaver
fi
`;
}

function valueCases({ at, options }: Place): string[] {
  return options.flatMap(({ words, value }) =>
    value === null ? [] : [`    (${patterns(words.map((word) => `${at}:${word}`))}) ${offer(value)}return ;;`],
  );
}

function placeCase({ at, commands, options, argument }: Place): string {
  const words = [
    ...(argument?.kind === 'choice' ? argument.choices.map((choice) => ({ word: choice, about: '' })) : []),
    ...commands.map(({ name, about }) => ({ word: name, about })),
    ...options.flatMap(({ words: spellings, about }) => spellings.map((word) => ({ word, about }))),
  ];
  const files = argument?.kind === 'file' ? ' _files ;' : '';
  return `    (${quote(at)})${files} found=(${words.map(({ word, about }) => quote(`${word}:${about}`)).join(' ')}) ;;`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `compadd -- ${value.choices.map(quote).join(' ')}; `;
    case 'file':
      return '_files; ';
    case 'free':
      return '';
  }
}

function patterns(words: readonly string[]): string {
  return words.map(quote).join('|');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
