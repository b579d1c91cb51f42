import { createInterface } from 'node:readline/promises';
import { CommandError, EXIT } from '../exit.ts';

/** Where somebody can be asked. */
export interface Asking {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Asked on the standard error, so that a pipe behind the command gets its result and nothing else. */
const OURS: Asking = { input: process.stdin, output: process.stderr };

export interface Confirmation {
  readonly file: string;
  /** How many people the file names. */
  readonly named: number;
  /** What was given with `--yes`. */
  readonly yes: number | undefined;
}

/**
 * Refuses, before anything is asked of the service, what could not be confirmed later: a number that is not that of the people in the file, or
 * nobody there to type.
 */
export function expectConfirmation({ file, named, yes }: Confirmation, { input, output }: Asking = OURS): void {
  if (yes !== undefined && yes !== named) {
    throw new CommandError(EXIT.usage, `Nothing was started: ${file} names ${people(named)}, and not ${yes}, as --yes says.`);
  }
  if (yes === undefined && !(input.isTTY && output.isTTY)) {
    const advice = `Look with --dry-run first; then write --yes ${named}, the number of people in the file.`;
    throw new CommandError(EXIT.usage, `Nothing was started: there is no terminal on which somebody could confirm it. ${advice}`);
  }
}

/** Has the number of people typed who would be started; anything else starts nobody. */
export async function confirm({ yes }: Confirmation, count: number, { input, output }: Asking = OURS): Promise<void> {
  if (yes !== undefined) {
    return;
  }
  const phrase = `offboard ${count}`;
  const answer = await ask(`To start ${people(count)}, type "${phrase}": `, input, output);
  if (answer?.trim() !== phrase) {
    throw new CommandError(EXIT.failed, `Nothing was started: "${phrase}" was not typed.`);
  }
}

export function people(count: number): string {
  return count === 1 ? 'one person' : `${count} people`;
}

/** What is typed; null when the input ends, or is interrupted. */
async function ask(question: string, input: Asking['input'], output: Asking['output']): Promise<string | null> {
  const lines = createInterface({ input, output });
  const ended = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
