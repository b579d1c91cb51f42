import type { CompletedOption, Place, Value } from './model.ts';

/** A script for fish, from 3.0 on: for \`~/.config/fish/completions/leaver.fish\`. */
export function renderFish(places: readonly Place[]): string {
  return `# Completion of leaver for fish; made by \`leaver completion fish\`.
function __leaver_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ${places.flatMap(({ at }) => (at === '' ? [] : [quote(at)])).join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c leaver -f
${places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ at, commands, options, argument }: Place): string[] {
  const here = `complete -c leaver -n ${quote(`__leaver_at ${quote(at)}`)}`;
  return [
    ...commands.map(({ name, about }) => `${here} -a ${quote(name)} -d ${quote(about)}`),
    ...options.map((option) => `${here} ${spell(option)}`),
    ...(argument === null || argument.kind === 'free' ? [] : [`${here} ${offer(argument)}`]),
  ];
}

function spell({ words, about, value }: CompletedOption): string {
  const names = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  return [...names, ...(value === null ? [] : [`-r ${offer(value)}`]), `-d ${quote(about)}`].join(' ');
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `-f -a ${quote(value.choices.join(' '))}`;
    case 'file':
      return '-F';
    case 'free':
      return '-f';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
