import type { CaseEvent, StepAnswer } from './answers.ts';
import { toneOfState } from './case-view.ts';
import { whatItDoes } from './step-table.ts';
import type { Terminal, Tone } from './terminal.ts';
import { fit, printable, widthOf } from './text.ts';
import { between, duration } from './time.ts';

/** A recorded change in words. */
export interface EventWords {
  readonly where: string;
  readonly what: string;
  readonly result: string;
  readonly tone: Tone;
  /** How long the attempt took that ended with it. */
  readonly tookMs: number | null;
}

/** Puts the changes of one case into words. It remembers when attempts began, so it must see the changes in their order. */
export function createTeller(): (event: CaseEvent) => EventWords {
  const startedAt = new Map<string, string>();
  return (event) => {
    if (!event.step) {
      return wordsOfCase(event);
    }
    const began = startedAt.get(event.step.id) ?? null;
    if (event.kind === 'step.started') {
      startedAt.set(event.step.id, event.at);
    }
    return { ...wordsOfStep(event, event.step), tookMs: ENDS.has(event.kind) ? between(began, event.at) : null };
  };
}

const ENDS: ReadonlySet<string> = new Set(['step.finished', 'step.failed', 'step.postponed', 'step.released']);
const WHERE_WIDTH = 9;
const WHAT_WIDTH = 36;
const RESULT_WIDTH = 14;

/** The words as one line, in columns that stay where they are from line to line. */
export function renderEvent({ where, what, result, tone, tookMs }: EventWords, { paint }: Terminal): string {
  const took = tookMs === null ? '' : duration(tookMs);
  const columns = [
    paint('quiet', widen(where, WHERE_WIDTH)),
    widen(what, WHAT_WIDTH),
    paint(tone, widen(result, RESULT_WIDTH)),
    paint('quiet', took.padStart(7)),
  ];
  return columns.join('  ').trimEnd();
}

/** Padded, but never shortened: these lines are a record. */
function widen(text: string, width: number): string {
  const clean = printable(text);
  return fit(clean, Math.max(width, widthOf(clean)));
}

function wordsOfStep({ kind, change }: CaseEvent, step: StepAnswer): Omit<EventWords, 'tookMs'> {
  const words = { where: step.target, what: whatItDoes(step) };
  const because = textOf(change['reason']);
  switch (kind) {
    case 'step.started':
      return { ...words, result: Number(change['attempt']) > 1 ? `started (${String(change['attempt'])})` : 'started', tone: 'busy' };
    case 'step.finished':
      return { ...words, result: textOf(change['outcome']) ?? 'done', tone: change['outcome'] === 'not-offered' ? 'bad' : 'good' };
    case 'step.failed':
      return { ...words, result: `failed: ${step.error?.message ?? textOf(change['code']) ?? 'no reason was given'}`, tone: 'bad' };
    case 'step.postponed':
      return { ...words, result: `tried again later: ${because ?? step.error?.message ?? textOf(change['code']) ?? ''}`, tone: 'bad' };
    default:
      return { ...words, result: kind.replace('step.', '') + (because === null ? '' : `: ${because}`), tone: 'quiet' };
  }
}

function wordsOfCase({ kind, change }: CaseEvent): EventWords {
  const because = textOf(change['reason']);
  const words = { where: 'case', what: because ?? '', tookMs: null };
  if (kind === 'case.state') {
    const state = textOf(change['to']) ?? '';
    return { ...words, what: 'state', result: state, tone: toneOfState(state) };
  }
  return { ...words, what: kind, result: because ?? '', tone: 'quiet' };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
