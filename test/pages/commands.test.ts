import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { createProgram } from '../../src/cli/program.ts';
import { type Page, ROOT, readPages } from './support/pages.ts';

/** Other programs that a page may name. */
const FOREIGN = [
  'cp',
  'createdb',
  'curl',
  'docker',
  'export',
  'git',
  'kubectl',
  'openssl',
  'pg_dump',
  'pg_restore',
  'promtool',
  'psql',
  'unzip',
];
const BEGINS = /^(?:npx |npm |leaver |node )/;

interface Shown {
  readonly file: string;
  readonly words: readonly string[];
}

function commandsOf({ file, blocks, spans }: Page): Shown[] {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'));
  const shown = [...lines, ...spans.filter((span) => BEGINS.test(span))].map((line) => line.trim().replace(/(?:^|\s+)# .*$/, ''));
  return shown
    .flatMap((line) => line.split(/ (?:&&|\|) /))
    .map((command) => ({ file, words: (command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).filter((word) => !/^[A-Z_]+=/.test(word)) }))
    .filter(({ words }) => words.length > 0);
}

/** What is wrong with a command, or null. */
function faultOf(words: readonly string[]): string | null {
  const [name = '', ...rest] = words;
  switch (name) {
    case 'npx':
      return rest[0] === 'leaver' ? faultOf(rest) : `npx ${rest[0]}`;
    case 'leaver':
      return faultOfLeaver(createProgram(), rest);
    case 'npm':
      return faultOfNpm(rest);
    case 'node':
      return rest[0] === '-e' || existsSync(path.join(ROOT, rest[0] ?? '')) ? null : `${rest[0]} does not exist`;
    default:
      return FOREIGN.includes(name) ? null : `${name} is not known to this test`;
  }
}

function faultOfNpm([verb = '', script = '', ...rest]: readonly string[]): string | null {
  if (verb === 'ci') return null;
  const scripts: Readonly<Record<string, string>> = manifest.scripts;
  const line = scripts[verb === 'run' ? script : verb];
  if (line === undefined) return `there is no script ${verb} ${script}`;
  const ours = /^node src\/cli\/cli\.ts ?(.*)$/.exec(line)?.[1];
  return ours ? faultOfLeaver(createProgram(), [...ours.split(' '), ...rest.filter((word) => word !== '--')]) : null;
}

function faultOfLeaver(command: Command, [word, ...rest]: readonly string[]): string | null {
  if (word === undefined) return null;
  if (word.startsWith('-')) {
    if (word === '--help') return null;
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (!option) return `${command.name()} has no option ${word}`;
    const [value] = option.required ? rest : [];
    if (value !== undefined && option.argChoices && !option.argChoices.includes(value)) return `${word} does not take ${value}`;
    return faultOfLeaver(command, option.required ? rest.slice(1) : rest);
  }
  const below = command.commands.find((one) => one.name() === word);
  if (below) return faultOfLeaver(below, rest);
  return command.commands.length > 0 ? `${command.name()} has no command ${word}` : faultOfLeaver(command, rest);
}

test('every command, option, script and file of a command that the pages show exists', async () => {
  const shown = (await readPages()).flatMap(commandsOf);
  assert.ok(shown.length > 40, `only ${shown.length} commands were found`);
  const faults = shown.flatMap(({ file, words }) => {
    const fault = faultOf(words);
    return fault === null ? [] : [`${file}: ${words.join(' ')}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

test('a command, an option, a choice or a script that does not exist is found', () => {
  for (const wrong of [
    'leaver config chek',
    'leaver offboard a@b.c --wach',
    'npm run demo -- --channel fax',
    'npm run tests',
    'node docs/none.mjs',
  ]) {
    assert.notEqual(faultOf(wrong.split(' ')), null, wrong);
  }
});
