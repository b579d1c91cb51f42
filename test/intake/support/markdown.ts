import { readFile } from 'node:fs/promises';
import path from 'node:path';

const DOCS = path.join(import.meta.dirname, '..', '..', '..', 'docs');

/** The rows of the table on a page of the documentation that has these headings, each as its cells; code marks are taken off. */
export async function tableOf(page: string, ...headings: readonly string[]): Promise<string[][]> {
  const lines = (await readFile(path.join(DOCS, page), 'utf8')).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|') && cellsOf(line).join('|') === headings.join('|'));
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return start === -1 ? [] : rows.slice(0, end === -1 ? rows.length : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}
