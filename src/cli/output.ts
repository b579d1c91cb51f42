/** Writes lines of a command's result. */
export function say(...lines: readonly string[]): void {
  sayOn(process.stdout, ...lines);
}

/** The same, on an output that was opened for it. */
export function sayOn(output: { write(text: string): unknown }, ...lines: readonly string[]): void {
  output.write(lines.map((line) => `${line}\n`).join(''));
}

/** Writes a line for whoever watches: no part of the result, so that a pipe does not carry it. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
