import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands/commands.ts';
import { type Place, placesOf } from '../../src/cli/completion/model.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export async function readPage(file: string): Promise<string> {
  return await readFile(path.join(ROOT, file), 'utf8');
}

/** What stands in the blocks of the page that are of this language. */
export function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\S+)\n(.*?)^```$/gms)].flatMap(([, kind, text = '']) => (kind === language ? [text] : []));
}

/** What is wrong with the command lines that a page shows: commands, and options, that there are none of. */
export function wrongCommands(markdown: string): string[] {
  const program = new Command('leaver');
  for (const add of COMMANDS) add(program);
  const places = placesOf(program);
  return shownCommands(markdown).flatMap((line) => objectionTo(line, places) ?? []);
}

/** `leaver …` in blocks for a shell and between backticks, without comments and without what is piped or redirected. */
export function shownCommands(markdown: string): string[] {
  const inline = [...markdown.replace(/^```.*?^```$/gms, '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  const lines = [...blocksOf(markdown, 'sh').flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')), ...inline];
  return lines.flatMap((line) => /^(?:npx )?leaver (?=[a-z])(.*)$/.exec(line.replace(/\s#.*|\s[|>].*/, '').trim())?.[1] ?? []);
}

function objectionTo(line: string, places: readonly Place[]): string | null {
  let place = places[0];
  for (const word of line.split(/\s+/)) {
    const next = places.find(({ at }) => at === `${place?.at} ${word}`);
    const [option = ''] = word.split('=');
    const isKnown = word.startsWith('-')
      ? place?.options.some(({ words }) => words.includes(option))
      : next || place?.commands.length === 0;
    if (!isKnown) {
      return `leaver ${line}: there is no ${word}`;
    }
    place = next ?? place;
  }
  return null;
}
