import type { Terminal, Tone } from './terminal.ts';
import { fit, printable, widthOf } from './text.ts';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly title: string;
  readonly side?: 'left' | 'right';
  /** Gives up columns first when the table is too wide, down to this many. */
  readonly shrinksTo?: number;
  /** Left out altogether where shrinking is not enough; the highest goes first. */
  readonly dropped?: number;
}

const GAP = '  ';

/** A table as lines that fit the terminal; in a pipe nothing is shortened. Without any title there is no head. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], terminal: Terminal): string[] {
  const cells = rows.map((row) => row.map((cell) => ({ ...cell, text: printable(cell.text) })));
  const head = columns.map(({ title }): Cell => ({ text: title, tone: 'quiet' }));
  const lines = columns.some(({ title }) => title !== '') ? [head, ...cells] : cells;
  const widths = chooseWidths(columns, lines, terminal.width());
  return lines.map((line) => renderLine(columns, line, widths, terminal));
}

/** The width of each column; null for one that is left out. */
function chooseWidths(columns: readonly Column[], lines: readonly (readonly Cell[])[], room: number | null): (number | null)[] {
  const widths: (number | null)[] = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index]?.text ?? ''))));
  if (room === null) {
    return widths;
  }
  for (const { index } of dropOrder(columns)) {
    if (leastWidth(columns, widths) <= room) {
      break;
    }
    widths[index] = null;
  }
  return shrink(columns, widths, room);
}

function dropOrder(columns: readonly Column[]): { index: number; dropped: number }[] {
  return columns.flatMap(({ dropped }, index) => (dropped === undefined ? [] : [{ index, dropped }])).sort((a, b) => b.dropped - a.dropped);
}

function leastWidth(columns: readonly Column[], widths: readonly (number | null)[]): number {
  return total(widths.map((width, index) => (width === null ? null : Math.min(width, columns[index]?.shrinksTo ?? width))));
}

function total(widths: readonly (number | null)[]): number {
  const kept = widths.filter((width) => width !== null);
  return kept.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, kept.length - 1);
}

function shrink(columns: readonly Column[], widths: readonly (number | null)[], room: number): (number | null)[] {
  let excess = total(widths) - room;
  return widths.map((width, index) => {
    const least = columns[index]?.shrinksTo;
    if (width === null || least === undefined || excess <= 0) {
      return width;
    }
    const given = Math.min(excess, Math.max(0, width - least));
    excess -= given;
    return width - given;
  });
}

function renderLine(
  columns: readonly Column[],
  line: readonly Cell[],
  widths: readonly (number | null)[],
  { paint, width: room }: Terminal,
): string {
  let left = room() ?? Number.POSITIVE_INFINITY;
  const parts = widths.flatMap((width, index) => {
    if (width === null || left <= 0) {
      return [];
    }
    const { text = '', tone = 'plain' } = line[index] ?? {};
    const shown = fit(text, Math.min(width, left), columns[index]?.side);
    left -= widthOf(shown) + GAP.length;
    return [paint(tone, shown)];
  });
  return parts.join(GAP).trimEnd();
}
