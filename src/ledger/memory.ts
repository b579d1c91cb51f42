import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Head } from './tree.ts';

export interface Remembered extends Head {
  readonly log: string;
}

/** The last head that this machine has found sound, kept outside of the database: it finds a database that was put in another's place. */
export interface Memory {
  readonly file: string;
  /** Null when nothing is remembered yet. */
  recall(): Promise<Remembered | null>;
  keep(head: Remembered): Promise<void>;
}

const schema = z.object({ log: z.string(), size: z.int().nonnegative(), root: z.string().regex(/^[0-9a-f]{64}$/) });

/** As problems name it: they are told to whoever asks the service for its health, who need not know where it lies. */
export const MEMORY_NAME = 'ledger-head.json in the data folder';

export function openMemory(dataDir: string): Memory {
  const file = path.join(dataDir, 'ledger-head.json');
  const recall = async (): Promise<Remembered | null> => await read(file);
  return {
    file,
    recall,
    keep: async (head) => {
      const last = await recall();
      if (last?.size !== head.size || last.log !== head.log) {
        await write(file, head);
      }
    },
  };
}

/** A file that nobody can read any more is as good as none: it is written anew with the next check. */
async function read(file: string): Promise<Remembered | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  try {
    const { log, size, root } = schema.parse(JSON.parse(text ?? ''));
    return { log, size, root: Buffer.from(root, 'hex') };
  } catch {
    return null;
  }
}

async function write(file: string, { log, size, root }: Remembered): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${JSON.stringify({ log, size, root: root.toString('hex') })}\n`, { mode: 0o600, flush: true });
  await rename(aside, file);
}
