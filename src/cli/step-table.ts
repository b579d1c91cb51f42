import type { StepAnswer } from './answers.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import type { Terminal, Tone } from './terminal.ts';
import { between, duration, moment } from './time.ts';

interface Look {
  readonly mark: string;
  readonly tone: Tone;
}

const LOOKS: Readonly<Record<string, Look>> = {
  pending: { mark: '·', tone: 'quiet' },
  running: { mark: '▸', tone: 'busy' },
  done: { mark: '✓', tone: 'good' },
  failed: { mark: '✗', tone: 'bad' },
  skipped: { mark: '-', tone: 'quiet' },
};
const UNKNOWN: Look = { mark: '?', tone: 'plain' };

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: '', shrinksTo: 8 },
  { title: '', dropped: 2 },
  { title: '', shrinksTo: 16 },
  { title: '' },
  { title: '', side: 'right', dropped: 1 },
];

/** Steps as lines: a mark for the state, what it does where, what came of it and how long it took. */
export function renderSteps(steps: readonly StepAnswer[], now: Date, terminal: Terminal): string[] {
  return renderTable(
    COLUMNS,
    steps.map((step) => cellsOf(step, now)),
    terminal,
  );
}

/** What a step does, and to what: workspaces have names that people know, and ids that they do not. */
export function whatItDoes({ action, subject, facts }: StepAnswer): string {
  const { name } = facts;
  if (subject === null) {
    return action;
  }
  return typeof name === 'string' ? `${action} ${name}` : `${action} ${subject}`;
}

function cellsOf(step: StepAnswer, now: Date): Cell[] {
  const { mark, tone } = LOOKS[step.state] ?? UNKNOWN;
  const quiet = step.state === 'pending' || step.state === 'skipped' ? 'quiet' : 'plain';
  return [
    { text: mark, tone },
    { text: step.target, tone: quiet },
    { text: step.phase, tone: 'quiet' },
    { text: whatItDoes(step), tone: quiet },
    { text: resultOf(step), tone: step.outcome === 'not-offered' ? 'bad' : tone },
    { text: tookOf(step, now), tone: 'quiet' },
  ];
}

function resultOf({ state, outcome, nextAttemptAt, attempts }: StepAnswer): string {
  if (state === 'pending' && nextAttemptAt !== null) {
    return `again at ${moment(nextAttemptAt).slice(11)}`;
  }
  return outcome ?? (state === 'running' && attempts > 1 ? `running (${attempts})` : state);
}

function tookOf({ state, startedAt, finishedAt }: StepAnswer, now: Date): string {
  const end = state === 'running' ? now.toISOString() : finishedAt;
  const took = between(startedAt, end);
  return took === null || state === 'pending' ? '' : duration(took);
}
