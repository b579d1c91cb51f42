import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';

const ROOT = path.join(import.meta.dirname, '..');

export const HOOK_SECRET = 'bench-hook-secret';
export const OPERATOR_TOKEN = 'bench-operator-token';

/** Everything a measurement started, so that nothing outlives it. */
export interface Bench {
  readonly folder: string;
  /** Starts a script in a process of its own and resolves with the first line it prints on stdout that `isReady` accepts. */
  start(
    script: string,
    env: Record<string, string>,
    isReady: (line: string) => boolean,
  ): Promise<{ child: ChildProcess; line: string; readyMs: number }>;
  stop(child: ChildProcess): Promise<void>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-bench-'));
  await chmod(folder, 0o755);
  const children = new Set<ChildProcess>();
  const stop = async (child: ChildProcess): Promise<void> => {
    children.delete(child);
    if (child.exitCode === null && child.signalCode === null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
      await promise;
    }
  };
  return {
    folder,
    start: async (script, env, isReady) => {
      const startedAt = performance.now();
      const child = spawn(process.execPath, [path.join(ROOT, script)], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      const line = await firstLine(child, isReady);
      return { child, line, readyMs: performance.now() - startedAt };
    },
    stop,
    close: async () => {
      await Promise.all([...children].map(stop));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(child: ChildProcess, isReady: (line: string) => boolean): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', (code) => reject(new Error(`a process of the benchmark ended early (exit ${code})`)));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (isReady(line)) {
        resolve(line);
      }
    });
  }
  return await promise;
}

export interface ServiceSettings {
  readonly roles: readonly string[];
  readonly databaseUrl?: string;
  /** A folder of its own below that of the benchmark, and so an embedded database of its own. */
  readonly dataDir?: string;
  readonly connections?: readonly unknown[];
  readonly target: { readonly url: string; readonly token: string; readonly orgId: string; readonly successorId: string };
}

export interface RunningService {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyMs: number;
}

/** Starts the service as `npm start` would, on a port of its own. */
export async function startService(bench: Bench, name: string, options: ServiceSettings): Promise<RunningService> {
  const {
    roles,
    databaseUrl,
    target,
    dataDir = 'data',
    connections = [{ id: 'okta', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } }],
  } = options;
  const file = path.join(bench.folder, `${name}.yaml`);
  const settings = {
    server: { port: 0, rateLimit: { max: 1_000_000_000, windowSeconds: 60 } },
    roles,
    database: { url: databaseUrl ?? '' },
    dataDir: path.join(bench.folder, dataDir),
    operators: { tokens: [{ name: 'bench', role: 'operator', sha256: createHash('sha256').update(OPERATOR_TOKEN).digest('hex') }] },
    connections,
    targets: [
      { id: 'fastio', kind: 'fastio', baseUrl: target.url, token: target.token, orgId: target.orgId, fallbackOwnerId: target.successorId },
    ],
  };
  await writeFile(file, stringify(settings));
  const { child, line, readyMs } = await bench.start('src/server.ts', { LEAVER_CONFIG: file }, (text) => text.includes('Leaver is ready'));
  return { child, url: (JSON.parse(line) as { url: string }).url, readyMs };
}

/** The address of the embedded database that a service of this benchmark made. */
export async function embeddedUrl(bench: Bench, dataDir = 'data'): Promise<string> {
  const folder = path.join(bench.folder, dataDir, 'postgres');
  const password = (await readFile(path.join(folder, 'password'), 'utf8')).trim();
  const port = (await readFile(path.join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgresql://leaver:${password}@127.0.0.1:${port}/leaver`;
}

/** Resident memory of a process, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}
