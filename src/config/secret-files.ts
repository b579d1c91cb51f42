import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Secret } from '../kernel/secret.ts';
import type { Fault, Path } from './faults.ts';
import { UNRESOLVED } from './interpolate.ts';

export interface WithSecretFiles {
  /** The same tree with a `Secret` in the place of every `{ file: path }`, or `UNRESOLVED` where it cannot be read. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Places whose fault is already told elsewhere. */
  readonly unresolved: readonly Path[];
}

/**
 * Reads the secrets that are kept in files of their own. A relative path counts from `folder`; one line end at the end of a file is not
 * part of the secret.
 */
export async function readSecretFiles(tree: unknown, folder: string): Promise<WithSecretFiles> {
  const faults: Fault[] = [];
  const unresolved: Path[] = [];
  const fill = async (value: unknown, path: Path): Promise<unknown> => {
    if (Array.isArray(value)) return await Promise.all(value.map((item, index) => fill(item, [...path, index])));
    if (!isMapping(value)) return value;
    if (isFileReference(value)) return await fillSecret(value.file, path);
    const entries = Object.entries(value).map(async ([key, item]) => [key, await fill(item, [...path, key])] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const fillSecret = async (file: string | typeof UNRESOLVED, path: Path): Promise<unknown> => {
    if (file === UNRESOLVED) {
      unresolved.push(path);
      return UNRESOLVED;
    }
    const read = await readSecret(file, folder);
    if (read instanceof Secret) return read;
    faults.push({ path, text: read });
    return UNRESOLVED;
  };
  return { value: await fill(tree, []), faults, unresolved };
}

/** The secret, or what is wrong with its file. */
async function readSecret(file: string, folder: string): Promise<Secret | string> {
  if (file.trim() === '') return 'names no file; write the path of the file that holds the secret';
  const path = resolve(folder, file);
  try {
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    return text.trim() === '' ? `the file ${path} is empty; write the secret into it` : new Secret(text);
  } catch (error) {
    return unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `the file ${path} does not exist; create it, or correct the path`;
  return `the file ${path} cannot be read (${String(code)}); let the service's user read it, or correct the path`;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFileReference(value: Readonly<Record<string, unknown>>): value is { readonly file: string | typeof UNRESOLVED } {
  return Object.keys(value).length === 1 && (typeof value['file'] === 'string' || value['file'] === UNRESOLVED);
}
