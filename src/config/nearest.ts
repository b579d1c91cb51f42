/** The name that `text` was probably meant to be, where one is close enough; case, hyphens and underscores count for nothing. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const wanted = plain(text);
  const ranked = names.map((name) => ({ name, distance: editDistance(wanted, plain(name)) })).toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.floor(Math.max(wanted.length, 3) / 3) ? best.name : undefined;
}

const plain = (name: string): string => name.slice(0, 64).toLowerCase().replaceAll(/[-_]/g, '');

/** How many letters must be put in, left out or replaced to make `b` of `a` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = at(row, j) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, at(row, j + 1) + 1, at(next, j) + 1));
    }
    row = next;
  }
  return at(row, row.length - 1);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
