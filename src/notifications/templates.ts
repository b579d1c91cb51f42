import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import { faultsOf } from './check-template.ts';
import { EVENTS, type Event } from './happening.ts';

/** The words of one event, with `{{names}}` to be filled in. */
export interface Template {
  /** The first line is the subject. */
  readonly text: string;
  readonly html: string;
}

export type Templates = Readonly<Record<Event, Template>>;

const BUILT_IN = path.join(import.meta.dirname, 'templates');
const ENDINGS = ['.txt', '.html'] as const;

/**
 * The templates of all events: those in `folder`, where it has them, and our own for the rest.
 *
 * @throws LeaverError `configuration` that names everything that is wrong with the folder's
 */
export async function readTemplates(folder: string | null): Promise<Templates> {
  const own = await readFolder(BUILT_IN);
  const theirs = folder === null ? new Map<string, string>() : await readTheirs(folder);
  const faults = [...theirs].flatMap(([file, text]) => faultsOf(file, text).map((fault) => `  ${file}: ${fault}`));
  if (faults.length > 0) {
    throw new LeaverError(
      'configuration',
      [`The templates in ${folder} (notifications.templatesDir) are not in order:`, ...faults].join('\n'),
    );
  }
  const textOf = (file: string): string => theirs.get(file) ?? own.get(file) ?? '';
  return Object.fromEntries(EVENTS.map((event) => [event, { text: textOf(`${event}.txt`), html: textOf(`${event}.html`) }])) as Templates;
}

async function readTheirs(folder: string): Promise<Map<string, string>> {
  try {
    return await readFolder(folder);
  } catch (cause) {
    const message = `The folder of templates ${folder} cannot be read (${messageOf(cause)}). Create it, or correct notifications.templatesDir.`;
    throw new LeaverError('configuration', message, { cause });
  }
}

/** Every template in the folder, by the name of its file; other kinds of files are left alone. */
async function readFolder(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder)).filter((file) => ENDINGS.some((ending) => file.endsWith(ending))).sort();
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const)));
}
