import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { CaseAnswer, StepAnswer } from '../../src/cli/answers.ts';
import { createLiveView, frameOf } from '../../src/cli/live-view.ts';
import { openTerminal, type Terminal } from '../../src/cli/terminal.ts';
import { widthOf } from '../../src/cli/text.ts';
import { readEnvironment } from '../../src/config/config.ts';

function step(id: number, state: string, more: Partial<StepAnswer> = {}): StepAnswer {
  const [startedAt, finishedAt] = ['2026-01-01T00:00:00.000Z', state === 'done' ? '2026-01-01T00:00:00.250Z' : null];
  const outcome = state === 'done' ? 'verified' : null;
  const fixed = {
    id: String(id),
    target: 'fastio',
    phase: 'transfer',
    subject: null,
    attempts: 1,
    nextAttemptAt: null,
    error: null,
    facts: {},
  };
  return { ...fixed, action: `action-${id}`, state, outcome, startedAt, finishedAt, ...more };
}

function caseWith(steps: readonly StepAnswer[]): CaseAnswer {
  const moments = { openedAt: '2026-01-01T00:00:00.000Z', containedAt: null, completedAt: null, nextLookAt: null };
  const person = { email: 'ada@example.com', name: null };
  const fixed = {
    id: 'c',
    person,
    playbook: 'offboard',
    state: 'running',
    reason: null,
    openedBy: 'x',
    successor: null,
    successors: [],
    left: [],
    signals: [],
  };
  return { ...fixed, ...moments, steps: [...steps] };
}

function screen(columns: number, rows: number, variables: Record<string, string> = {}): { terminal: Terminal; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY: true, columns, rows, write: (text: string) => written.push(text) };
  return { terminal: openTerminal(stream, readEnvironment(variables)), written };
}

const NOW = new Date('2026-01-01T00:00:02.000Z');

test('each step shows its state by a mark, what came of it, and how long it took or takes', () => {
  const { terminal } = screen(80, 24, { NO_COLOR: '1' });
  const steps = [
    step(1, 'done'),
    step(2, 'running', { attempts: 2 }),
    step(3, 'failed'),
    step(4, 'skipped'),
    step(5, 'pending', { startedAt: null }),
  ];
  const lines = frameOf(caseWith(steps), NOW, terminal);
  assert.deepEqual(
    lines.slice(1).map((line) => line.replaceAll(/ {2,}/g, '|')),
    [
      '✓|fastio|transfer|action-1|verified|250 ms',
      '▸|fastio|transfer|action-2|running (2)|2.0 s',
      '✗|fastio|transfer|action-3|failed',
      '-|fastio|transfer|action-4|skipped',
      '·|fastio|transfer|action-5|pending',
    ],
  );
});

test('a frame never exceeds the screen, and always shows what is running', () => {
  for (const running of [0, 20, 39]) {
    for (const rows of [6, 12, 24, 60]) {
      for (const columns of [20, 40, 80]) {
        const steps = Array.from({ length: 40 }, (_, index) =>
          step(index, index < running ? 'done' : index === running ? 'running' : 'pending'),
        );
        const lines = frameOf(caseWith(steps), NOW, screen(columns, rows).terminal).map(stripVTControlCharacters);
        assert.ok(lines.length < rows, `${lines.length} lines on ${rows} rows`);
        assert.ok(lines.every((line) => widthOf(line) <= columns));
        assert.ok(
          lines.some((line) => line.startsWith('▸')),
          `nothing runs on ${rows} rows`,
        );
      }
    }
  }
});

test('the list is redrawn in place: every frame begins where the last one began', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { terminal, written } = screen(80, 24, { NO_COLOR: '1' });
  const view = createLiveView(terminal, caseWith([step(1, 'running')]), async () => caseWith([step(1, 'done'), step(2, 'running')]));
  assert.ok(written[0]?.startsWith('\r'));
  const event = { at: '2026-01-01T00:00:01.000Z', kind: 'step.added', change: {}, step: step(2, 'pending'), raw: '' };
  await view.happened(event);
  t.mock.timers.tick(200);
  assert.ok(written.slice(1).every((frame, index) => frame.startsWith(`\r\u001b[${index === 0 ? 2 : 3}A`)));
  assert.match(written.at(-1) ?? '', /✓ .*\n▸ /);
  view.close(null);
  const frames = written.length;
  t.mock.timers.tick(1_000);
  assert.equal(written.length, frames);
});

test('a pipe, CI and a dumb terminal get plain lines; NO_COLOR takes the colour away and nothing else', () => {
  const tty = { isTTY: true, write: () => undefined };
  assert.equal(openTerminal({ write: () => undefined }, readEnvironment({})).live, false);
  assert.equal(openTerminal(tty, readEnvironment({ CI: 'true' })).live, false);
  assert.equal(openTerminal(tty, readEnvironment({ TERM: 'dumb' })).live, false);
  const plain = openTerminal(tty, readEnvironment({ TERM: 'xterm', NO_COLOR: '1' }));
  assert.equal(plain.live, true);
  assert.equal(plain.paint('good', 'x'), 'x');
  assert.equal(openTerminal(tty, readEnvironment({ TERM: 'xterm' })).paint('good', 'x'), '\u001b[32mx\u001b[39m');
});
