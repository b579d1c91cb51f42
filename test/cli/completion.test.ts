import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands/commands.ts';
import { renderBash } from '../../src/cli/completion/bash.ts';
import { renderFish } from '../../src/cli/completion/fish.ts';
import { placesOf } from '../../src/cli/completion/model.ts';
import { renderZsh } from '../../src/cli/completion/zsh.ts';
import { temporaryFolder } from '../support/service.ts';
import { runCommand } from './command.ts';

function program(): Command {
  const made = new Command('leaver');
  for (const add of COMMANDS) add(made);
  return made;
}

/** What bash itself would offer for each of these lines, the last word of which is being typed. */
function bashOffers(script: string, lines: readonly (readonly string[])[], cwd?: string): string[][] {
  const asks = lines.map(
    (line) =>
      `COMP_WORDS=(leaver ${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length}; _leaver; echo "\${COMPREPLY[*]}"`,
  );
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['--norc', '-c', `${script}\ncomplete -p leaver >/dev/null || exit 9\n${asks.join('\n')}`],
    { encoding: 'utf8', cwd },
  );
  assert.deepEqual([status, stderr], [0, '']);
  return stdout
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

test('bash completes every command and every option that there is, and nothing that is hidden', () => {
  const places = placesOf(program());
  const offered = bashOffers(
    renderBash(places),
    places.map(({ at }) => [...at.split(' ').filter((word) => word !== ''), '-']),
  );
  for (const [index, { at, options }] of places.entries()) {
    assert.deepEqual(offered[index]?.sort(), options.flatMap(({ words }) => words).sort(), `after leaver${at}`);
  }
  const [commands = []] = bashOffers(renderBash(places), [['']]);
  const visible = program()
    .commands.map((one) => one.name())
    .filter((name) => name !== 'generate');
  assert.deepEqual(commands.filter((word) => !word.startsWith('-')).sort(), visible.sort());
});

test('bash completes what has begun, choices of an option and of an argument, files where a file is wanted, and nothing where only the user knows', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'leavers.csv'), '');
  const script = renderBash(placesOf(program()));
  const lines = [
    ['of'],
    ['config', 'c'],
    ['plan', 'a@b.example', '--playbook', 'c'],
    ['completion', 'f'],
    ['offboard', '--file', ''],
    ['verify', 'l'],
    ['verify', '--k'],
    ['cases', '--email', ''],
  ];
  assert.deepEqual(bashOffers(script, lines, folder), [
    ['offboard'],
    ['check'],
    ['contain'],
    ['fish'],
    ['leavers.csv'],
    ['leavers.csv'],
    ['--key'],
    [],
  ]);
});

test('the scripts for zsh and fish name every command and every option at its place', () => {
  const places = placesOf(program());
  const [zsh, fish] = [renderZsh(places), renderFish(places)];
  for (const { at, commands, options } of places) {
    const [line] = zsh
      .split('\n')
      .filter((one) => one.trimStart().startsWith(`('${at}')`))
      .slice(-1);
    const here = fish.split('\n').filter((one) => one.startsWith(`complete -c leaver -n '__leaver_at \\'${at}\\''`));
    for (const { name } of commands) {
      assert.ok(line?.includes(`'${name}:`), `zsh offers ${name} after leaver${at}`);
      assert.ok(
        here.some((one) => one.includes(`-a '${name}'`)),
        `fish offers ${name} after leaver${at}`,
      );
    }
    for (const word of options.flatMap(({ words }) => words)) {
      assert.ok(line?.includes(`'${word}:`), `zsh offers ${word} after leaver${at}`);
      assert.ok(
        here.some((one) => one.includes(word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`)),
        `fish offers ${word} after leaver${at}`,
      );
    }
  }
});

test('leaver completion prints the script; another shell is a mistake in its use', async (t) => {
  const [bash, other] = await Promise.all([runCommand(t, ['completion', 'bash']), runCommand(t, ['completion', 'tcsh'])]);
  assert.deepEqual([bash.code, other.code], [0, 2]);
  assert.match(bash.stdout, /\ncomplete -F _leaver leaver\n$/);
  assert.match(other.stderr, /Allowed choices are bash, zsh, fish/);
});
