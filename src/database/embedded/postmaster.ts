import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from './missing.ts';
import { run } from './run.ts';

/** What PostgreSQL writes about its main process into `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `stopping`; empty in the first moments. */
  readonly status: string;
}

/** The file in a data directory that names the process using it. */
export function pidFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** What the pid file of a cluster says, whether or not it is still true. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFileOf(cluster), 'utf8').catch(unlessMissing);
  return text === undefined ? undefined : parsePidFile(text);
}

/**
 * Reads `postmaster.pid`: one fact a line, and fewer lines while the server starts. A file that was cut off names process 0.
 * Source: https://www.postgresql.org/docs/18/storage-file-layout.html
 */
export function parsePidFile(text: string): Postmaster {
  const lines = text.split('\n');
  // A server in single-user mode writes its number with a minus.
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10)) || 0;
  return { pid, port: Number(lines[3] ?? 0), status: lines[7]?.trim() ?? '' };
}

/** Who has the number that a pid file names: PostgreSQL's main process, nobody alive, or a process that has nothing to do with it. */
export type Holder = 'postmaster' | 'nobody' | 'stranger';

/** Numbers are given out again, so a living process proves nothing; but only one that provably is something else is a stranger. */
export async function identify(cluster: string, pid: number): Promise<Holder> {
  if (pid === 0) return 'stranger';
  if (!isAlive(pid)) return 'nobody';
  return (await mayBePostmaster(cluster, pid)) ? 'postmaster' : 'stranger';
}

// A process that we may not signal belongs to another user, and so cannot have this cluster open. PostgreSQL reckons the same.
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function mayBePostmaster(cluster: string, pid: number): Promise<boolean> {
  const command = await commandOf(pid);
  if (command === undefined) return true;
  if (!command.includes('postgres')) return false;
  // PostgreSQL works inside its data directory, which says more than the arguments do, where the system lets us look.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder === undefined ? `${command} `.includes(` -D ${cluster} `) : folder === cluster;
}

/** The command line; empty for a dead process that nobody has collected, `undefined` where the system does not tell. */
async function commandOf(pid: number): Promise<string | undefined> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (words !== undefined) return words.replaceAll('\0', ' ').trim();
  const listed = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => undefined);
  return listed?.exitCode === 0 ? listed.output.trim() : undefined;
}
