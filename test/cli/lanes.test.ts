import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inLanes } from '../../src/cli/bulk/lanes.ts';
import { createProgress } from '../../src/cli/bulk/progress.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { readEnvironment } from '../../src/config/environment.ts';

test('all are worked on, never more at a time than there are lanes', async () => {
  let [now, most] = [0, 0];
  const done: number[] = [];
  await inLanes(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    done.push(item);
  });
  assert.deepEqual([most, done], [3, [1, 2, 3, 4, 5, 6, 7]]);
});

test('after one that fails none is begun, and what is under way has ended when the failure is thrown', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = inLanes(2, [1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 1) {
      throw new Error('gone');
    }
    await new Promise(setImmediate);
    ended.push(item);
  });
  await assert.rejects(work, /gone/);
  assert.deepEqual([begun, ended], [[1, 2], [2]]);
});

function shown(stream: { isTTY: boolean; columns?: number }): string {
  let text = '';
  const terminal = openTerminal({ ...stream, write: (part) => (text += part) }, readEnvironment({}));
  const progress = createProgress(terminal, 'Starting', 2);
  progress.step('ada started');
  progress.step();
  progress.close();
  return text;
}

test('on a terminal a bar moves below the lines and is gone in the end; without one there are only the lines', () => {
  const frames = shown({ isTTY: true, columns: 80 }).split('\r\u001b[K');
  assert.deepEqual(frames, [
    '',
    `Starting ${'░'.repeat(24)} 0/2`,
    `ada started\n`,
    `Starting ${'█'.repeat(12)}${'░'.repeat(12)} 1/2`,
    '',
    `Starting ${'█'.repeat(24)} 2/2`,
    '',
  ]);
  assert.ok(
    shown({ isTTY: true, columns: 20 })
      .split('\r\u001b[K')
      .every((frame) => frame.length < 20),
    'a bar that wraps is drawn again and again',
  );
  assert.equal(shown({ isTTY: false }), 'ada started\n');
});
