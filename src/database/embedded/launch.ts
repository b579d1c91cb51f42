import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError, messageOf } from '../../kernel/errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Layout } from './cluster.ts';
import { unlessMissing } from './missing.ts';
import { type Postmaster, readPostmaster } from './postmaster.ts';
import { surroundings } from './run.ts';

/** What is needed to start and stop the server of one cluster. */
export interface ServerNeeds {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly clock: Clock;
}

export type Launched =
  | { readonly kind: 'ready'; readonly postmaster: Postmaster; readonly child: ChildProcess }
  | { readonly kind: 'ended'; readonly reason: string; readonly lastLines: string };

/** What holds for every embedded server, whichever version of ours created its cluster: the command line outranks the files. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '32MB',
  // One process needs about a dozen; the rest is for processes beside it, and for whoever looks in.
  max_connections: '200',
  // A new database grows fast: its statistics are to follow.
  autovacuum_naptime: '10s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failed statement is reported by whoever sent it; here it would only copy people's data into a second file.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

const POLL_MS = 10;
const LAST_LINES = 12;

/** Long enough for the recovery after a crash, which reads back little more than `max_wal_size`. */
export const PATIENCE_MS = 120_000;

/** Starts the server once, on the given port or one that was free a moment ago, and waits until it takes connections or has ended. */
export async function launch(needs: ServerNeeds, givenPort?: number): Promise<Launched> {
  const port = givenPort ?? (await freePort());
  const child = await spawnServer(needs, port);
  const end = watchEnd(child);
  const deadline = needs.clock.monotonic() + PATIENCE_MS;
  while (end.reason === undefined) {
    const postmaster = await readPostmaster(needs.layout.cluster);
    // The port counts too: in a container that starts anew, a server readily gets the number that its dead predecessor had.
    const isOurs = postmaster?.pid === child.pid && postmaster?.port === port;
    if (isOurs && postmaster.status === 'ready') return { kind: 'ready', postmaster, child };
    if (needs.clock.monotonic() > deadline) throw neverReady(needs.layout, child.pid);
    await needs.clock.sleep(POLL_MS);
  }
  return { kind: 'ended', reason: end.reason, lastLines: await lastLinesOf(needs.layout.serverLog) };
}

/** The error for a server that lives but does not come to take connections. It is left alone: it may be recovering. */
export function neverReady({ serverLog }: Layout, pid: number | undefined): LeaverError {
  return new LeaverError(
    'database-unavailable',
    `PostgreSQL (process ${pid}) took no connections within ${PATIENCE_MS / 1000} seconds. Its log is ${serverLog}.`,
  );
}

// pg_ctl would start it through a shell and look every 100 ms; a child of our own is seen to fail at once.
async function spawnServer({ layout, binaries, account }: ServerNeeds, port: number): Promise<ChildProcess> {
  const log = await openNewLog(layout.serverLog);
  try {
    const settings = Object.entries({ port, ...SETTINGS }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(binaries.postgres, ['-D', layout.cluster, ...settings], {
      ...surroundings(account),
      // A session of its own: Ctrl-C in our terminal must not end the database before the work that needs it.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

// Each start has a log of its own, so that it cannot grow without end; the one before it often tells why.
async function openNewLog(path: string): Promise<FileHandle> {
  await rename(path, `${path}.previous`).catch(unlessMissing);
  return open(path, 'ax', 0o600);
}

function watchEnd(child: ChildProcess): { readonly reason: string | undefined } {
  const end: { reason: string | undefined } = { reason: undefined };
  child.once('error', (error) => {
    end.reason = messageOf(error);
  });
  child.once('exit', (code, signal) => {
    end.reason = signal ?? `exit code ${code}`;
  });
  return end;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function lastLinesOf(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LAST_LINES).join('\n');
}
