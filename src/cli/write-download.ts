import { writeFile } from 'node:fs/promises';
import { messageOf } from '../kernel/errors.ts';
import { CommandError, EXIT } from './exit.ts';

/** Writes what was downloaded. It may name people, so a new file is readable by its owner only. */
export async function writeDownload(file: string, content: string | Uint8Array, what: string): Promise<void> {
  try {
    await writeFile(file, content, { mode: 0o600 });
  } catch (error) {
    throw new CommandError(EXIT.failed, `${what} cannot be written: ${messageOf(error)}`, error);
  }
}
