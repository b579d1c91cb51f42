import type { Terminal } from '../terminal.ts';
import { clip } from '../text.ts';

/** How far something has come that is done for many. */
export interface Progress {
  /** One more is done; the lines stay on the screen. */
  step(...lines: readonly string[]): void;
  /** Takes the bar away. */
  close(): void;
}

const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\u001b[K';

/** A bar on a terminal, below the lines; without a terminal only the lines. */
export function createProgress(terminal: Terminal, what: string, total: number): Progress {
  let done = 0;
  const draw = (): void => {
    if (terminal.live) {
      terminal.write(CLEAR_LINE + clip(renderBar(what, done, total), (terminal.width() ?? 80) - 1));
    }
  };
  const clear = (): void => {
    if (terminal.live) {
      terminal.write(CLEAR_LINE);
    }
  };
  draw();
  return {
    step: (...lines) => {
      done += 1;
      clear();
      terminal.write(lines.map((line) => `${line}\n`).join(''));
      draw();
    },
    close: clear,
  };
}

export function renderBar(what: string, done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  return `${what} ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${total}`;
}
