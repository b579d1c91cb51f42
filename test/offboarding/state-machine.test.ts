import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';
import { walkThroughAnything } from './support/happenings.ts';

const PAGE = await readFile(path.join(import.meta.dirname, '../../docs/state-machine.md'), 'utf8');
/** Said in words below the table: what comes too late, or asks for what is so already, is refused in any state. */
const ALWAYS_REFUSED = ['result', 'released', 'upgrade'];

/** The moves of the page's first table: from, event, to. */
function movesOfTable(): string[] {
  const [head = [], , ...rows] = PAGE.split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1).map(wordsOf));
  const end = rows.findIndex(([state]) => state?.[0] === 'event');
  return rows
    .slice(0, end === -1 ? undefined : end)
    .flatMap(([state, ...cells]) => cells.flatMap((cell, index) => cell.map((to) => `${state?.[0]} ${head[index + 1]?.[0]} ${to}`)));
}

function wordsOf(cell: string): string[] {
  return cell.match(/[a-z]+/g) ?? [];
}

function walked(): Set<string> {
  const moves = new Set<string>();
  walkThroughAnything(1_200, (walk) => {
    for (const move of walk.moves) {
      moves.add(move);
    }
  });
  return moves;
}

suite('the page about the states of a case', () => {
  test('has every move that a case can make, and no other', () => {
    const met = [...walked()].filter((move) => !ALWAYS_REFUSED.some((event) => move.endsWith(` ${event} refused`)));
    assert.deepEqual(met.sort(), movesOfTable().sort());
  });

  test('draws the states that its table leads to', () => {
    const changes = movesOfTable().flatMap((move) => {
      const [from, , to] = move.split(' ');
      return from === to || to === 'refused' ? [] : [`${from} --> ${to}`];
    });
    const drawn = PAGE.split('\n').flatMap((line) => (/^ {2}[a-z]+ --> [a-z]+$/.test(line) ? [line.trim()] : []));
    assert.deepEqual(drawn.sort(), [...new Set(changes)].sort());
  });
});
