import type { Place, Value } from './model.ts';

/** A script for bash, from 3.2 on. */
export function renderBash(places: readonly Place[]): string {
  return `# Completion of leaver for bash; made by \`leaver completion bash\`.
_leaver() {
  local at='' words='' file='' i
  local word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${patterns(places.flatMap(({ at }) => (at === '' ? [] : [at])))}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at:\${COMP_WORDS[COMP_CWORD-1]}" in
${places.flatMap(valueCases).join('\n')}
    *)
      case "$at" in
${places.map(placeCase).join('\n')}
      esac ;;
  esac
  if [ -n "$file" ] && [ "\${word#-}" = "$word" ]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _leaver leaver
`;
}

function valueCases({ at, options }: Place): string[] {
  return options.flatMap(({ words, value }) =>
    value === null ? [] : [`    ${patterns(words.map((word) => `${at}:${word}`))}) ${offer(value)} ;;`],
  );
}

function placeCase({ at, commands, options, argument }: Place): string {
  const words = [...commands.map(({ name }) => name), ...options.flatMap((option) => option.words)];
  const choices = argument?.kind === 'choice' ? argument.choices : [];
  const file = argument?.kind === 'file' ? ' file=1' : '';
  return `        ${quote(at)}) words=${quote([...choices, ...words].join(' '))}${file} ;;`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `words=${quote(value.choices.join(' '))}`;
    case 'file':
      return 'file=1';
    case 'free':
      return 'return';
  }
}

function patterns(words: readonly string[]): string {
  return words.map(quote).join('|');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
