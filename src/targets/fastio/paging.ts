import { type Fault, readFault } from '../fault.ts';
import type { Page } from './schemas.ts';

/** Rows asked for at once. */
export const PAGE_SIZE = 100;

const MOST_PAGES = 1000;
const MOST_READS = 3;

/** A complete list, each entry once. */
export interface Listed<T> {
  readonly kind: 'list';
  readonly items: readonly T[];
}

export interface Listing<T> {
  /** What is read, as the beginning of a message. */
  readonly what: string;
  readonly readPage: (offset: number) => Promise<Page<T> | Fault>;
  readonly idOf: (item: T) => string;
  /**
   * Entries may disappear while the list is read, which moves the others forward past the offset: a list whose total changed between two
   * pages is read again. Not for a log that only grows.
   */
  readonly shrinks: boolean;
}

/** Follows a list to its end, however many pages that takes. */
export async function readAll<T>(listing: Listing<T>): Promise<Listed<T> | Fault> {
  for (let read = 1; read <= MOST_READS; read += 1) {
    const once = await readOnce(listing);
    if (once.kind === 'fault') return once;
    if (!once.moved || !listing.shrinks) return { kind: 'list', items: once.items };
  }
  return brokenList(listing.what, 'the list changed each time it was read');
}

type OnePass<T> = { readonly kind: 'read'; readonly items: readonly T[]; readonly moved: boolean };

async function readOnce<T>({ what, readPage, idOf }: Listing<T>): Promise<OnePass<T> | Fault> {
  const seen = new Map<string, T>();
  const totals = new Set<number | undefined>();
  let offset = 0;
  for (let pages = 1; pages <= MOST_PAGES; pages += 1) {
    const page = await readPage(offset);
    if ('kind' in page) return page;
    const known = seen.size;
    for (const item of page.items) if (!seen.has(idOf(item))) seen.set(idOf(item), item);
    totals.add(page.total);
    if (!page.hasMore) return { kind: 'read', items: [...seen.values()], moved: totals.size > 1 };
    if (seen.size === known) return brokenList(what, 'a page without anything new says that more follows');
    offset += page.items.length;
  }
  return brokenList(what, `the list does not end after ${MOST_PAGES} pages`);
}

function brokenList(what: string, because: string): Fault {
  return readFault('misshapen', `${what}: ${because}. Leaver stopped reading, and tries again later.`);
}
