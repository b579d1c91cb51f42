import type { CaseAnswer, CaseEvent, StepAnswer } from './answers.ts';
import { headOf, renderCase } from './case-view.ts';
import { renderSteps } from './step-table.ts';
import type { Terminal } from './terminal.ts';
import type { CaseWatcher } from './watch.ts';

const REDRAW_MS = 200;
const UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`);
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A list of steps that is redrawn in place, so that running steps show how long they have been at it. */
export function createLiveView(terminal: Terminal, first: CaseAnswer, reread: () => Promise<CaseAnswer>): CaseWatcher {
  let shown = first;
  let drawn = 0;
  const draw = (lines: readonly string[]): void => {
    terminal.write(`\r${UP(drawn)}${lines.map((line) => line + CLEAR_LINE_END).join('\n')}\n${CLEAR_BELOW}`);
    drawn = lines.length;
  };
  const redraw = (): void => draw(frameOf(shown, new Date(), terminal));
  const timer = setInterval(redraw, REDRAW_MS);
  redraw();
  return {
    happened: async (event) => {
      // A step that was added has its place among the others, which the event does not tell.
      shown = isNew(shown, event) ? await reread() : merge(shown, event);
      redraw();
    },
    close: (last) => {
      clearInterval(timer);
      if (last) {
        draw(renderCase(last, new Date(), terminal));
      }
    },
  };
}

/** The head and as many steps as the screen has lines for: what is done gives way first, then what is far off. */
export function frameOf(subject: CaseAnswer, now: Date, terminal: Terminal): string[] {
  const room = Math.max(3, terminal.height() - 3);
  const { steps, above, below } = choose(subject.steps, room);
  const rest = (count: number, what: string): string[] => (count === 0 ? [] : [terminal.paint('quiet', `  ${count} more ${what}`)]);
  return [...headOf(subject, terminal), ...rest(above, 'done'), ...renderSteps(steps, now, terminal), ...rest(below, 'to come')];
}

function choose(steps: readonly StepAnswer[], room: number): { steps: readonly StepAnswer[]; above: number; below: number } {
  if (steps.length <= room) {
    return { steps, above: 0, below: 0 };
  }
  const kept = room - 2;
  const firstOpen = steps.findIndex(({ state }) => state !== 'done' && state !== 'skipped');
  const above = Math.min(firstOpen < 0 ? steps.length : firstOpen, steps.length - kept);
  return { steps: steps.slice(above, above + kept), above, below: steps.length - kept - above };
}

function isNew({ steps }: CaseAnswer, { step }: CaseEvent): boolean {
  return step !== undefined && !steps.some(({ id }) => id === step.id);
}

function merge(subject: CaseAnswer, { step, case: state }: CaseEvent): CaseAnswer {
  const steps = subject.steps.map((one) => (one.id === step?.id ? step : one));
  return { ...subject, steps, ...(state && { state: state.state, reason: state.reason }) };
}
