import { execFile } from 'node:child_process';
import { LeaverError, messageOf } from '../../kernel/errors.ts';
import type { Account } from './account.ts';

export interface RunResult {
  readonly exitCode: number;
  /** What the program wrote, both streams. */
  readonly output: string;
}

export interface RunOptions {
  /** Whom the program runs as; ourselves when it is absent. */
  readonly account?: Account | undefined;
}

/**
 * The surroundings of every program started here. The environment is not handed on, because it holds our secrets and may
 * hold PG* settings; the folder is one that each user can enter.
 */
export function surroundings(account: Account | undefined) {
  // Node drops root's supplementary groups whenever a uid is given.
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  return { ...identity, cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } };
}

/** Runs a program to its end. An exit code other than 0 is an answer; only a program that could not run at all throws. */
export function run(program: string, args: readonly string[], { account }: RunOptions = {}): Promise<RunResult> {
  return new Promise<RunResult>((resolve, reject) => {
    execFile(program, args, surroundings(account), (error, stdout, stderr) => {
      const output = stdout + stderr;
      if (!error) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else reject(error);
    });
  }).catch((error) => {
    throw cannotRun(program, account, error);
  });
}

function cannotRun(program: string, account: Account | undefined, cause: unknown): LeaverError {
  const as = account ? ` as the user "${account.name}"` : '';
  return new LeaverError('database-unavailable', `${program} could not be run${as}: ${messageOf(cause)}`, { cause });
}
