import { chmod, mkdir, realpath } from 'node:fs/promises';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type Account, assertReachable, chooseAccount } from './embedded/account.ts';
import { installedNative, usableBinaries } from './embedded/binaries.ts';
import { ensureCluster, type Layout, layoutOf } from './embedded/cluster.ts';
import { ensureDatabase } from './embedded/connection.ts';
import { type Ownership, takeOwnership } from './embedded/ownership.ts';
import { ensureServer, type Server } from './embedded/server.ts';

export interface EmbeddedPostgresOptions {
  /** The folder that keeps everything: the cluster, its password, the server's log. */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock?: Clock;
}

/** A PostgreSQL of our own, which nobody else uses. */
export interface EmbeddedPostgres {
  /** Where to connect, with the password in it: never to be logged. */
  readonly url: string;
  readonly port: number;
  /** The present number of PostgreSQL's main process. */
  readonly pid: number;
  /** Ends every session, stops the server, and lets others use the folder. Calling it again changes nothing. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that lies in `<dataDir>/postgres`, and creates it the first time.
 *
 * It listens on 127.0.0.1 only, on a new port at each start, wants a password, and keeps what it has committed. A server that
 * outlived a killed process is used again, and one that ends by itself is started again on its port. While one process has the folder, every other gets `database-unavailable` and
 * changes nothing. As root, PostgreSQL runs as an unprivileged user, who must be able to reach `dataDir`.
 */
export async function startEmbeddedPostgres({ dataDir, log, clock = systemClock }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const startedAt = clock.monotonic();
  try {
    const folder = await prepareFolder(dataDir);
    const postgres = await startOwned(folder, log, clock);
    log.info({ pid: postgres.pid, port: postgres.port, ms: Math.round(clock.monotonic() - startedAt) }, 'PostgreSQL is ready');
    return postgres;
  } catch (error) {
    throw asUnavailable(dataDir, error);
  }
}

interface Folder {
  readonly dataDir: string;
  readonly layout: Layout;
  readonly account: Account | undefined;
}

async function prepareFolder(path: string): Promise<Folder> {
  await mkdir(path, { recursive: true });
  const dataDir = await realpath(path);
  const layout = layoutOf(dataDir);
  const account = await chooseAccount(layout.cluster);
  await assertReachable(dataDir, account);
  await mkdir(layout.folder, { recursive: true });
  await chmod(layout.folder, account ? 0o711 : 0o700);
  return { dataDir, layout, account };
}

async function startOwned({ dataDir, layout, account }: Folder, log: Log, clock: Clock): Promise<EmbeddedPostgres> {
  const ownership = takeOwnership(layout.folder);
  try {
    const binaries = await usableBinaries(await installedNative(), dataDir, account);
    const password = await ensureCluster(layout, binaries, account, log);
    const server = await ensureServer({ layout, binaries, account, clock }, log);
    return await offer(server, password, layout, ownership);
  } catch (error) {
    ownership.release();
    throw error;
  }
}

async function offer(server: Server, password: string, layout: Layout, ownership: Ownership): Promise<EmbeddedPostgres> {
  const stop = async () => {
    await server.stop();
    ownership.release();
  };
  try {
    const url = await ensureDatabase(server.port, password, layout.cluster);
    return {
      url,
      port: server.port,
      get pid() {
        return server.pid;
      },
      stop,
    };
  } catch (error) {
    if (!server.adopted) await server.stop();
    throw error;
  }
}

function asUnavailable(dataDir: string, error: unknown): LeaverError {
  if (error instanceof LeaverError) return error;
  return new LeaverError('database-unavailable', `The embedded PostgreSQL in ${dataDir} cannot be used: ${messageOf(error)}.`, {
    cause: error,
  });
}
