import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type Launched, launch, neverReady, PATIENCE_MS, type ServerNeeds } from './launch.ts';
import { identify, type Postmaster, pidFileOf, readPostmaster } from './postmaster.ts';
import { run } from './run.ts';

/** A PostgreSQL that takes connections. One that ends by itself is started again, on the port it had, until it is told to stop. */
export interface Server {
  /** The present number of its main process. */
  readonly pid: number;
  readonly port: number;
  /** True for a server that was running already. */
  readonly adopted: boolean;
  /** Ends every session, stops the server and resolves when its process is gone. Calling it again changes nothing. */
  stop(): Promise<void>;
}

const ATTEMPTS = 15;
const BETWEEN_ATTEMPTS_MS = 200;
const POLL_MS = 10;
const STOP_SECONDS = 60;
const GONE_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** How often a server is looked at that is no child of ours, and so ends without a word. */
const LOOK_MS = 5_000;

/** The failures that pass by themselves: a port taken in between, and the last processes of a killed server. */
const PASSING = /could not bind|pre-existing shared memory block|lock file "postmaster.pid" already exists/;

/** Uses the server that an earlier run left behind, or starts one. Only the owner of the folder may call it. */
export async function ensureServer(needs: ServerNeeds, log: Log): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    // Looked for before each attempt: a process killed in the middle of starting it may have left one that comes up just now.
    const found = await findServer(needs);
    if (found) return adopt(needs, found, log);
    const launched = await launch(needs);
    if (launched.kind === 'ready') return serverOf(needs, launched.postmaster, log, launched.child);
    if (attempt === ATTEMPTS || !PASSING.test(launched.lastLines)) throw notStarted(launched);
    await needs.clock.sleep(BETWEEN_ATTEMPTS_MS);
  }
}

function adopt(needs: ServerNeeds, found: Postmaster, log: Log): Server {
  log.warn({ pid: found.pid, port: found.port }, 'PostgreSQL still runs from an earlier time; using it');
  return serverOf(needs, found, log);
}

async function findServer({ layout, clock }: ServerNeeds): Promise<Postmaster | undefined> {
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const named = await readPostmaster(layout.cluster);
    const holder = named ? await identify(layout.cluster, named.pid) : 'nobody';
    if (holder === 'stranger') await forgetPostmaster(layout.cluster);
    if (!named || holder !== 'postmaster') return undefined;
    if (named.status === 'ready') return named;
    if (clock.monotonic() > deadline) throw neverReady(layout, named.pid);
    await clock.sleep(POLL_MS);
  }
}

// PostgreSQL refuses to start for as long as any process of its user has the number in the file. Should a server of this
// cluster be alive after all, its shared memory still keeps a second one from starting.
async function forgetPostmaster(cluster: string): Promise<void> {
  await rm(pidFileOf(cluster), { force: true });
}

function notStarted({ reason, lastLines }: Extract<Launched, { kind: 'ended' }>): LeaverError {
  return new LeaverError('database-unavailable', `PostgreSQL did not start (${reason}). Its last words:\n${lastLines}`);
}

function serverOf(needs: ServerNeeds, first: Postmaster, log: Log, child?: ChildProcess): Server {
  const { port } = first;
  const stopping = new AbortController();
  let running: Running = { postmaster: first, child };
  let stopped: Promise<void> | undefined;

  const keepRunning = async (): Promise<void> => {
    for (;;) {
      await untilGone(needs, running, stopping.signal);
      if (stopping.signal.aborted) return;
      log.error(
        { pid: running.postmaster.pid, ...endOf(running) },
        'PostgreSQL ended, and not because it was asked to; it is started again',
      );
      running = (await revive(needs, port, log, stopping.signal)) ?? running;
    }
  };
  const kept = keepRunning();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await kept;
    await stopServer(needs, running.postmaster.pid);
  };
  return {
    get pid() {
      return running.postmaster.pid;
    },
    port,
    adopted: child === undefined,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A server, with its process where that is a child of ours. */
interface Running {
  readonly postmaster: Postmaster;
  readonly child: ChildProcess | undefined;
}

function endOf({ child }: Running) {
  return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null };
}

async function untilGone({ layout, clock }: ServerNeeds, { postmaster, child }: Running, signal: AbortSignal): Promise<void> {
  if (child) {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal }).catch(() => undefined);
    return;
  }
  while (!signal.aborted && (await identify(layout.cluster, postmaster.pid)) === 'postmaster') {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

/** Tries until the server runs again on its port, where everybody looks for it; undefined when it is told to stop before. */
async function revive(needs: ServerNeeds, port: number, log: Log, signal: AbortSignal): Promise<Running | undefined> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    await needs.clock.sleep(pause, signal).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      const running = await startAgain(needs, port);
      log.warn({ pid: running.postmaster.pid, port }, 'PostgreSQL runs again');
      return running;
    } catch (error) {
      log.error({ err: error }, 'PostgreSQL could not be started again; it is tried once more');
    }
  }
}

async function startAgain(needs: ServerNeeds, port: number): Promise<Running> {
  const found = await findServer(needs);
  if (found && found.port !== port) throw new LeaverError('database-unavailable', `Somebody has started PostgreSQL on port ${found.port}.`);
  if (found) return { postmaster: found, child: undefined };
  const launched = await launch(needs, port);
  if (launched.kind === 'ended') throw notStarted(launched);
  return launched;
}

// pg_ctl believes the pid file, so the process is looked at first: a signal must never reach somebody else's.
async function stopServer({ layout, binaries, account, clock }: ServerNeeds, pid: number): Promise<void> {
  if ((await identify(layout.cluster, pid)) !== 'postmaster') return;
  const args = ['stop', '--silent', '--wait', '--mode=fast', `--timeout=${STOP_SECONDS}`, `--pgdata=${layout.cluster}`];
  const { exitCode, output } = await run(binaries.pgCtl, args, { account });
  const deadline = clock.monotonic() + GONE_MS;
  // The pid file, which pg_ctl waits for, goes a moment before its process does.
  while ((await identify(layout.cluster, pid)) === 'postmaster') {
    if (exitCode !== 0 || clock.monotonic() > deadline) throw notStopped(pid, output);
    await clock.sleep(POLL_MS);
  }
}

function notStopped(pid: number, output: string): LeaverError {
  return new LeaverError('database-unavailable', `PostgreSQL (process ${pid}) did not stop: ${output.trim()}`);
}
