import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LeaverError } from '../../kernel/errors.ts';
import { unlessMissing } from './missing.ts';
import { run } from './run.ts';

/** The system user that PostgreSQL runs as where that is not our own. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Who PostgreSQL runs as: `undefined` means ourselves. PostgreSQL refuses root, so root hands it to the owner of the
 * existing cluster, or to the first unprivileged user of this system. No user is ever created.
 */
export async function chooseAccount(cluster: string): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  return (await ownerOf(cluster)) ?? (await firstUnprivileged());
}

/** Refuses a folder that the account cannot enter, and says which folder on the way is closed and what to set instead. */
export async function assertReachable(folder: string, account: Account | undefined): Promise<void> {
  if (!account || (await canEnter(folder, account))) return;
  const closed = await firstClosed(folder, account);
  throw new LeaverError(
    'database-unavailable',
    `PostgreSQL must not run as root, so it runs as the user "${account.name}", and that user cannot enter ${closed}. ` +
      'Set dataDir to a folder that every user can reach, for example /var/lib/leaver, or set database.url to use a PostgreSQL of your own.',
    { details: { folder: closed, user: account.name } },
  );
}

// A user picked for a new cluster must stay the user of that cluster, also when a better one is installed later.
async function ownerOf(cluster: string): Promise<Account | undefined> {
  const found = await stat(cluster).catch(unlessMissing);
  return found && found.uid !== 0 ? { name: await nameOf(found.uid), uid: found.uid, gid: found.gid } : undefined;
}

async function nameOf(uid: number): Promise<string> {
  const { exitCode, output } = await run('id', ['-nu', String(uid)]);
  return exitCode === 0 ? output.trim() : String(uid);
}

async function firstUnprivileged(): Promise<Account> {
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid && gid) return { name, uid, gid };
  }
  throw new LeaverError(
    'database-unavailable',
    `PostgreSQL must not run as root, and this system has none of the users ${UNPRIVILEGED.join(', ')}. ` +
      'Run Leaver as an ordinary user, or set database.url to use a PostgreSQL of your own.',
  );
}

async function idOf(flag: string, name: string): Promise<number | undefined> {
  const { exitCode, output } = await run('id', [flag, name]);
  return exitCode === 0 ? Number(output) : undefined;
}

// The kernel is asked instead of the mode bits being read: access lists and mounts count as well.
async function canEnter(folder: string, account: Account): Promise<boolean> {
  try {
    const { exitCode } = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { account });
    return exitCode === 0;
  } catch (cause) {
    throw new LeaverError(
      'database-unavailable',
      `PostgreSQL must not run as root, and nothing can be run here as the user "${account.name}". ` +
        'Run Leaver as an ordinary user, or set database.url to use a PostgreSQL of your own.',
      { cause },
    );
  }
}

async function firstClosed(folder: string, account: Account): Promise<string> {
  for (const step of pathTo(folder)) if (!(await canEnter(step, account))) return step;
  return folder;
}

function pathTo(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...pathTo(parent), folder];
}
