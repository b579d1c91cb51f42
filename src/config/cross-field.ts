import type { Fault, Path } from './faults.ts';

/**
 * What must differ between the items of a list. It looks at the settings before they are checked, so that a fault elsewhere does not
 * hide these.
 */
export function findRepetitions(tree: unknown): Fault[] {
  return LISTS.flatMap(({ path, key, text }) => {
    const items = path.reduce<unknown>((value, part) => propertyOf(value, part), tree);
    return Array.isArray(items) ? repetitions(items, key).map((index) => ({ path: [...path, index, key], text })) : [];
  });
}

interface DistinctKey {
  readonly path: readonly string[];
  readonly key: string;
  readonly text: string;
}

const LISTS: readonly DistinctKey[] = [
  { path: ['connections'], key: 'id', text: 'is the id of an earlier connection; give each its own' },
  { path: ['targets'], key: 'id', text: 'is the id of an earlier target; give each its own' },
  { path: ['operators', 'tokens'], key: 'name', text: 'is the name of an earlier token; give each its own' },
  { path: ['operators', 'tokens'], key: 'sha256', text: 'belongs to an earlier token; make a new token for each holder' },
];

function repetitions(items: readonly unknown[], key: string): number[] {
  const values = items.map((item) => propertyOf(item, key)).map((value) => (typeof value === 'string' ? value.toLowerCase() : undefined));
  return values.flatMap((value, index) => (value !== undefined && value !== '' && values.indexOf(value) < index ? [index] : []));
}

function propertyOf(value: unknown, key: Path[number]): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
