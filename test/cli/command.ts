import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { OPERATOR_TOKEN } from '../support/service.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const CLI = path.join(ROOT, 'src', 'cli', 'cli.ts');

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line in a process of its own. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** What it has written to the standard output so far. */
  output(): string;
  /** Waits until the standard output has the text. */
  untilSaid(words: string, ms?: number): Promise<void>;
  readonly ended: Promise<CommandResult>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** Starts `leaver <words>` with these variables and none of ours about Leaver; it is killed with the test if it still runs. */
export function startCommand(t: TestContext, words: readonly string[], variables: Variables = {}): RunningCommand {
  const clean = Object.entries(process.env).filter(([name]) => !/^(LEAVER_|CI$|NO_COLOR$|FORCE_COLOR$)/.test(name));
  const env = { ...Object.fromEntries(clean), ...variables };
  const child = spawn(process.execPath, [CLI, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]).then(([[code], stderr]) => ({ code, stdout: said, stderr }));
  const untilSaid = async (expected: string, ms = 90_000): Promise<void> => {
    await eventually(`"${expected}" in the output of leaver ${words.join(' ')}`, () => said.includes(expected), ms);
  };
  return { child, output: () => said, untilSaid, ended };
}

/** Runs `leaver <words>` to its end. */
export async function runCommand(t: TestContext, words: readonly string[], variables: Variables = {}): Promise<CommandResult> {
  return await startCommand(t, words, variables).ended;
}

/** The variables of an operator of the service at `url`. */
export function operatorAt(url: string, token = OPERATOR_TOKEN): Variables {
  return { LEAVER_URL: url, LEAVER_TOKEN: token };
}
