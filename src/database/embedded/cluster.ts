import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { unlessMissing } from './missing.ts';
import { run } from './run.ts';

/** The name of the superuser of every embedded cluster. */
export const SUPERUSER = 'leaver';

const UNFINISHED = 'creating-';

/** Where the parts of an embedded PostgreSQL lie: `<dataDir>/postgres`, and below it. */
export interface Layout {
  readonly folder: string;
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  readonly password: string;
  readonly serverLog: string;
}

export function layoutOf(dataDir: string): Layout {
  const folder = join(dataDir, 'postgres');
  return { folder, cluster: join(folder, 'cluster'), password: join(folder, 'password'), serverLog: join(folder, 'server.log') };
}

/**
 * The superuser's password of the cluster, which is created first if there is none. A creation that was cut off leaves
 * nothing that is mistaken for a cluster. Only the owner of the folder may call it.
 */
export async function ensureCluster(layout: Layout, binaries: Binaries, account: Account | undefined, log: Log): Promise<string> {
  // Only a folder that is certainly not there may be created: doing so replaces the password.
  if (!(await stat(layout.cluster).catch(unlessMissing))) {
    await createCluster(layout, binaries, account);
    log.info({ folder: layout.cluster }, 'created a PostgreSQL cluster');
  }
  return readPassword(layout.password);
}

async function createCluster(layout: Layout, binaries: Binaries, account: Account | undefined): Promise<void> {
  await removeUnfinished(layout.folder);
  const password = randomBytes(32).toString('base64url');
  const unfinished = await mkdtemp(join(layout.folder, UNFINISHED));
  await writeDurably(layout.password, password);
  await initialize(unfinished, password, binaries, account);
  await rename(join(unfinished, 'cluster'), layout.cluster);
  await syncFolder(layout.folder);
  await removeUnfinished(layout.folder);
}

// The initdb of a killed process may live for a moment longer: it writes into its own folder, never into ours.
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED));
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 20 });
}

// The folder stays ours, so that the account cannot put a link where we are about to change an owner.
async function initialize(folder: string, password: string, { initdb }: Binaries, account: Account | undefined): Promise<void> {
  await chmod(folder, 0o711);
  const cluster = join(folder, 'cluster');
  await mkdir(cluster, { mode: 0o700 });
  if (account) await chown(cluster, account.uid, account.gid);
  const passwordFile = join(folder, 'password');
  await writeDurably(passwordFile, password, account);
  const { exitCode, output } = await run(initdb, initdbArguments(cluster, passwordFile), { account });
  await rm(passwordFile);
  if (exitCode === 0) return;
  throw new LeaverError('database-unavailable', `PostgreSQL could not create its cluster in ${folder}: ${output.trim()}`);
}

function initdbArguments(cluster: string, passwordFile: string): string[] {
  return [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ];
}

async function writeDurably(path: string, text: string, owner?: Account): Promise<void> {
  const unfinished = `${path}.writing`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readPassword(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LeaverError(
      'database-unavailable',
      `The password of the embedded PostgreSQL cannot be read from ${path}. Run Leaver as the user that created it, or bring the file back from a backup.`,
      { cause },
    );
  }
}
