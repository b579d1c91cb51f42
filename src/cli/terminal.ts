import { styleText } from 'node:util';
import { type Environment, readEnvironment } from '../config/environment.ts';

/** What a piece of text means; a terminal with colours shows it. */
export type Tone = 'good' | 'bad' | 'busy' | 'quiet' | 'strong' | 'plain';

/** What the output can do. */
export interface Terminal {
  /** Somebody looks at it, and it can be redrawn in place. */
  readonly live: boolean;
  /** Columns at this moment; null where lines may have any length. */
  width(): number | null;
  /** Lines that fit on the screen at this moment. */
  height(): number;
  paint(tone: Tone, text: string): string;
  write(text: string): void;
}

/** The part of a stream that decides it. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const COLOURS = { good: 'green', bad: 'red', busy: 'cyan', quiet: 'gray', strong: 'bold' } as const;

/** Looks at the stream and the surroundings. In CI, on a dumb terminal and in a pipe there is neither colour nor redrawing. */
export function openTerminal(stream: OutputStream = process.stdout, environment: Environment = readEnvironment()): Terminal {
  const live = stream.isTTY === true && !environment.isCi && environment.env['TERM'] !== 'dumb';
  const coloured = live && !environment.noColor;
  return {
    live,
    width: () => (live ? (stream.columns ?? 80) : null),
    height: () => stream.rows ?? 24,
    paint: (tone, text) => (coloured && tone !== 'plain' ? styleText(COLOURS[tone], text, { validateStream: false }) : text),
    write: (text) => void stream.write(text),
  };
}
