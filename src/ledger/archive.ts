import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { messageOf } from '../kernel/errors.ts';

/** The files of an archive by name, each as text. */
export type ArchiveFiles = Readonly<Record<string, string>>;

/** Larger than any archive that Leaver makes; what unpacks to more is refused unread. */
const LARGEST_FILE = 256 * 1024 * 1024;
const MOST_FILES = 16;

/** A ZIP file that holds these files, as of `at`. */
export function packArchive(files: ArchiveFiles, at: Date): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])), { mtime: at, level: 9 });
}

/** Whether the bytes begin as a ZIP file does: what is JSON or HTML never does. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 0x03 || bytes[2] === 0x05);
}

/** The files in a ZIP file, or why they cannot be told. Two files of one name are refused: different tools would show different ones. */
export function unpackArchive(bytes: Uint8Array): { readonly files: ArchiveFiles } | { readonly problem: string } {
  const names = new Set<string>();
  let problem: string | null = null;
  try {
    const unpacked = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        problem ??= objectionTo(name, originalSize, names);
        names.add(name);
        return problem === null;
      },
    });
    const files = Object.entries(unpacked).map(([name, content]) => [name, textOf(content)] as const);
    return problem === null ? { files: Object.fromEntries(files) } : { problem };
  } catch (error) {
    return { problem: problem ?? `the ZIP file cannot be read: ${messageOf(error)}` };
  }
}

function objectionTo(name: string, size: number, before: ReadonlySet<string>): string | null {
  if (before.has(name)) return `the ZIP file holds ${name} twice`;
  if (before.size >= MOST_FILES) return 'the ZIP file holds more files than any that Leaver makes';
  return size > LARGEST_FILE ? `${name} in the ZIP file is larger than any that Leaver makes` : null;
}

/** Throws on bytes that are no UTF-8: they would read as something that was not signed. */
function textOf(content: Uint8Array): string {
  const text = strFromU8(content);
  if (!Buffer.from(text, 'utf8').equals(content)) throw new Error('a file in it is not text in UTF-8');
  return text;
}
