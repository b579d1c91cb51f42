import { LeaverError } from '../kernel/errors.ts';

/** The way from the root of the settings to one of them: keys and positions in lists. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with the configuration; `text` says what, and after a semicolon what would be right. It never holds a value. */
export interface Fault {
  readonly path: Path;
  readonly text: string;
  readonly line?: number;
  /** Given where a fault belongs to a place in the text rather than to a setting. */
  readonly column?: number;
}

/** The error that names every fault, each on a line of its own in the order of the file. */
export function configurationError(file: string, faults: readonly Fault[]): LeaverError {
  const sorted = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const count = sorted.length === 1 ? 'one fault' : `${sorted.length} faults`;
  const lines = sorted.map((fault) => `  ${placeOf(fault)}: ${fault.text}`);
  return new LeaverError('configuration', `The configuration ${file} has ${count}:\n${lines.join('\n')}`, {
    details: { file, faults: sorted.map((fault) => ({ ...fault, path: pathText(fault.path) })) },
  });
}

/** A path as people write it: `targets[0].baseUrl`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => text + partText(part, text === ''), '');
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: Path, ancestor: Path): boolean {
  return ancestor.length <= path.length && ancestor.every((part, index) => part === path[index]);
}

function placeOf({ path, line, column }: Fault): string {
  if (path.length > 0) return line === undefined ? pathText(path) : `${pathText(path)} (line ${line})`;
  if (line === undefined) return 'the file';
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

function partText(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(shownKey(part))}]`;
  return first ? part : `.${part}`;
}

/** `token:abc` without a space is a key to YAML, so what follows the first word of an odd key may be a secret. */
function shownKey(key: string): string {
  return /^[\w.-]{1,100}$/.test(key) ? key : `${/^[\w.-]{0,100}/.exec(key)?.[0] ?? ''}…`;
}
