import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LeaverError } from '../../kernel/errors.ts';

/** The right to use a folder, held by one process at a time. */
export interface Ownership {
  release(): void;
}

const SQLITE_BUSY = 5;

// A handle that is collected would let its lock go.
const held = new Set<DatabaseSync>();

/**
 * Makes this process the only one that may start, use or stop what lies in `folder`, or throws and names the process that
 * has it. The operating system ends the ownership together with the process, however that dies.
 *
 * It is a lock on a file, taken through SQLite because Node offers no `flock`. PostgreSQL's own guard, `postmaster.pid`,
 * is not enough: two containers that share a volume do not see each other's processes, and both would start.
 */
export function takeOwnership(folder: string): Ownership {
  const lock = openLock(folder);
  held.add(lock);
  const holder = join(folder, 'owner');
  // Removed first, because it may be left over from another user, whose file we may remove but not write.
  rmSync(holder, { force: true });
  writeFileSync(holder, `${process.pid} on ${hostname()}`);
  return {
    release: () => {
      if (!held.delete(lock)) return;
      rmSync(holder, { force: true });
      lock.close();
    },
  };
}

function openLock(folder: string): DatabaseSync {
  const path = join(folder, 'owner.lock');
  const lock = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw isBusy(error) ? alreadyOwned(folder, error) : error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function alreadyOwned(folder: string, cause: unknown): LeaverError {
  const holder = readHolder(folder);
  return new LeaverError(
    'database-unavailable',
    `Another Leaver, process ${holder}, is using ${folder}. Stop it first, or give this one a dataDir of its own.`,
    { cause, details: { folder, holder } },
  );
}

function readHolder(folder: string): string {
  try {
    return readFileSync(join(folder, 'owner'), 'utf8');
  } catch {
    return 'unknown (it has only just started)';
  }
}
