import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { undo } from './undo.ts';

const SERVER = path.join(import.meta.dirname, '..', '..', 'src', 'server.ts');

/** The service in a process of its own, as `npm start` runs it. */
export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends the signal and resolves with how the process ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the service with these settings and waits until it is ready. It is killed with the test, if it still runs. */
export async function spawnService(
  t: TestContext,
  folder: string,
  settings: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const file = path.join(folder, 'leaver.yaml');
  await writeFile(file, stringify(settings));
  const child = spawn(process.execPath, [SERVER], {
    env: { ...process.env, ...variables, LEAVER_CONFIG: file },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ended = endOf(child);
  undo(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = await untilReady(child, lines);
  return {
    url,
    pid: child.pid ?? 0,
    output: () => lines.join('\n'),
    end: async (signal) => {
      child.kill(signal);
      return await ended;
    },
  };
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  child.once('exit', (code, signal) => resolve({ code, signal }));
  return await promise;
}

async function untilReady(child: ChildProcess, lines: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', (code) => reject(new Error(`the service ended before it was ready (exit ${code}):\n${lines.join('\n')}`)));
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.includes('Leaver is ready')) {
          resolve((JSON.parse(line) as { url: string }).url);
        }
      });
    }
  }
  return await promise;
}
