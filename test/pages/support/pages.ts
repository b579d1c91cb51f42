import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '..', '..', '..');

export interface Page {
  /** Its place in the repository. */
  readonly file: string;
  readonly text: string;
  /** The text without its blocks of code. */
  readonly prose: string;
  readonly blocks: readonly { readonly language: string; readonly code: string }[];
  /** What stands between backticks. */
  readonly spans: readonly string[];
}

const BLOCK = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/** What people read before they run Leaver: the README, SECURITY.md and everything under docs. */
export async function readPages(): Promise<Page[]> {
  const docs = (await readdir(path.join(ROOT, 'docs'), { recursive: true })).filter((file) => file.endsWith('.md')).toSorted();
  return await Promise.all(['README.md', 'SECURITY.md', ...docs.map((file) => `docs/${file}`)].map(readPage));
}

async function readPage(file: string): Promise<Page> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const prose = text.replace(BLOCK, '');
  const blocks = [...text.matchAll(BLOCK)].map(([, , language = '', code = '']) => ({ language, code }));
  return { file, text, prose, blocks, spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span) };
}
