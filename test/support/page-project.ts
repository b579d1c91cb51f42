import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** A block of a page that names the file it stands for: its whole text, or a change of it. */
interface Block {
  readonly kind: 'ts' | 'diff';
  readonly file: string;
  readonly text: string;
}

const made = new Map<string, Promise<string>>();

/** The folder of a copy of the project to which has been done what the page says. Made once in a process, and gone when it ends. */
export async function projectFrom(page: string): Promise<string> {
  const known = made.get(page) ?? build(page);
  made.set(page, known);
  return await known;
}

async function build(page: string): Promise<string> {
  const blocks = blocksOf(await readFile(path.join(ROOT, 'docs', page), 'utf8'));
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leaver-page-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of await readdir(ROOT)) {
    const [from, to] = [path.join(ROOT, name), path.join(folder, name)];
    await (name === 'src' ? cp(from, to, { recursive: true }) : symlink(from, to));
  }
  for (const block of blocks) await apply(path.join(folder, block.file), block);
  return folder;
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(ts|diff) file=(\S+)\n(.*?)^```$/gms)].map(([, kind, file = '', text = '']) => ({
    kind: kind === 'ts' ? 'ts' : 'diff',
    file,
    text,
  }));
}

async function apply(file: string, { kind, text }: Block): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, kind === 'ts' ? text : changed(await readFile(file, 'utf8'), text, file), { flag: kind === 'ts' ? 'wx' : 'w' });
}

/** The text with the lines of a diff changed; its old lines must stand there exactly once. */
function changed(text: string, diff: string, file: string): string {
  const lines = diff.split('\n').filter((line) => line !== '');
  const side = (mark: string) =>
    lines.flatMap((line) => (line.startsWith(' ') || line.startsWith(mark) ? [`${line.slice(1)}\n`] : [])).join('');
  const parts = `\n${text}`.split(`\n${side('-')}`);
  if (parts.length !== 2) throw new Error(`the page changes lines of ${file} that stand there ${parts.length - 1} times:\n${side('-')}`);
  return parts.join(`\n${side('+')}`).slice(1);
}
