import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { LeaverError } from '../../src/kernel/errors.ts';
import { createLog, type Log } from '../../src/kernel/log.ts';

export const AS_ROOT = process.geteuid?.() === 0;

/** What a process of its own does: start, tell, and stay until it is killed. */
const SERVICE = `
  import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve('../../src/database/embedded-postgres.ts'))};
  import { createLog } from ${JSON.stringify(import.meta.resolve('../../src/kernel/log.ts'))};
  const told = await startEmbeddedPostgres({ dataDir: process.argv[1], log: createLog({ level: 'silent' }) }).then(
    ({ url, pid }) => ({ started: { url, pid } }),
    ({ message }) => ({ refused: message }),
  );
  process.stdout.write(JSON.stringify(told) + '\\n');
  if (told.started) setInterval(() => undefined, 60_000);
`;

interface Started {
  readonly url: string;
  readonly pid: number;
}

interface Told {
  readonly started?: Started;
  readonly refused?: string;
}

/** The service in a process of its own. */
export interface Service {
  readonly pid: number;
  /** What came of its start; nothing when it was killed before. */
  readonly told: Promise<Told>;
  kill(): Promise<void>;
}

export interface Place {
  readonly dataDir: string;
  start(log?: Log, clock?: Clock): Promise<EmbeddedPostgres>;
  /** Starts the service in a process of its own. */
  runService(identity?: { uid?: number; gid?: number }): Service;
  /** Starts a process of the user who has the cluster, and with nothing else in common with it. */
  runStranger(): Promise<number>;
}

/** A data directory with a cluster in it, and all that is started there, which ends with the test. */
export async function makePlace(t: TestContext): Promise<Place> {
  const place = await makeEmptyPlace(t);
  execFileSync('cp', ['-a', join(await template(), 'postgres'), place.dataDir]);
  return place;
}

let made: Promise<string> | undefined;
after(async () => {
  const dataDir = await made;
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

// A cluster takes a second to create and no time to copy; it holds no path of its own.
function template(): Promise<string> {
  made ??= makeDataDir().then(async (dataDir) => {
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent() });
    await postgres.stop();
    return dataDir;
  });
  return made;
}

// mkdtemp makes a folder that only we can enter, and PostgreSQL may have to run as somebody else.
async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'leaver-postgres-'));
  await chmod(dataDir, 0o755);
  return dataDir;
}

/** The same, before its first start. */
export async function makeEmptyPlace(t: TestContext): Promise<Place> {
  const dataDir = await makeDataDir();
  const endings: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 })];
  t.after(async () => {
    for (const end of endings.reverse()) await end();
  });
  return {
    dataDir,
    start: async (log = silent(), clock = systemClock) => {
      const postgres = await startEmbeddedPostgres({ dataDir, log, clock });
      endings.push(postgres.stop);
      return postgres;
    },
    runService: (identity = {}) => {
      const service = runService(dataDir, identity);
      endings.push(() => endService(service));
      return service;
    },
    runStranger: async () => {
      const { uid, gid } = await stat(clusterOf(dataDir));
      const stranger = spawn('sleep', ['600'], { uid, gid, cwd: '/', stdio: 'ignore' });
      endings.push(() => killed(stranger));
      return numberOf(stranger);
    },
  };
}

function runService(dataDir: string, identity: { uid?: number; gid?: number }): Service {
  const args = ['--input-type=module', '-e', SERVICE, dataDir];
  const child = spawn(process.execPath, args, { ...identity, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  return { pid: numberOf(child), told: firstLine(child), kill: () => killed(child) };
}

async function firstLine({ stdout }: ChildProcess): Promise<Told> {
  assert.ok(stdout);
  for await (const line of createInterface(stdout)) return JSON.parse(line);
  return {};
}

export async function startedOf(service: Service): Promise<Started> {
  const { started, refused } = await service.told;
  assert.ok(started, refused);
  return started;
}

async function endService(service: Service): Promise<void> {
  await service.kill();
  const { started } = await service.told;
  if (!started || !isAlive(started.pid)) return;
  process.kill(started.pid, 'SIGQUIT');
  while (isAlive(started.pid)) await delay(5);
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function numberOf({ pid }: ChildProcess): number {
  assert.ok(pid);
  return pid;
}

/** Whether the process still runs; one that ended and was not collected yet does not. */
export function isAlive(pid: number): boolean {
  return listProcesses().some((one) => one.pid === pid && !one.state.startsWith('Z'));
}

export function childrenOf(pid: number): number[] {
  return listProcesses()
    .filter(({ parent, command }) => parent === pid && command.startsWith('postgres'))
    .map((child) => child.pid);
}

/** The number of the user that the process runs as. */
export function userOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'uid=', '-p', String(pid)], { encoding: 'utf8' }));
}

function listProcesses() {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = '', ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(' ') };
  });
}

export function clusterOf(dataDir: string): string {
  return join(dataDir, 'postgres', 'cluster');
}

export function pidFileOf(dataDir: string): string {
  return join(clusterOf(dataDir), 'postmaster.pid');
}

export async function unfinishedIn(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'postgres')).catch(() => []);
  return names.filter((name) => name.startsWith('creating-'));
}

/** The rows of one statement, over a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function refusalOf(starting: Promise<EmbeddedPostgres>): Promise<LeaverError> {
  const outcome = await starting.then(
    (postgres) => postgres.stop(),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof LeaverError, String(outcome));
  return outcome;
}

function silent(): Log {
  return createLog({ level: 'silent' });
}

/** A log, and the lines it has been given. */
export function listening() {
  const lines: string[] = [];
  return { lines, log: createLog({ level: 'trace', destination: { write: (line: string) => lines.push(line) } }) };
}

export function plainUser(): { uid: number; gid: number } {
  if (!AS_ROOT) return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** Whether the user can run this Node, and read this file. */
export function canReach(user: { uid: number; gid: number }): boolean {
  const { status } = spawnSync(process.execPath, ['-e', `fs.readFileSync(process.argv[1])`, import.meta.filename], { ...user, cwd: '/' });
  return status === 0;
}
