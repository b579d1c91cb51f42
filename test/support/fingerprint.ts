import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A digest of every file of the project that Git does not ignore, and of the version of Node; null where there is no Git to ask. */
export async function fingerprint(root: string): Promise<string | null> {
  const files = await listFiles(root);
  if (files === null) {
    return null;
  }
  const hash = createHash('sha256').update(process.version);
  for (const file of files.sort()) {
    const content = await readFile(path.join(root, file)).catch(() => null);
    hash.update(`\0${file}\0${content?.length ?? 'gone'}\0`).update(content ?? '');
  }
  return hash.digest('hex');
}

async function listFiles(root: string): Promise<string[] | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.split('\0').filter((file) => file !== '');
  } catch {
    return null;
  }
}
