import { completeWithin, foldHashes, type Head, nodeHash, type Place, type Range } from './tree.ts';

/** The hashes of complete subtrees, as far as somebody has fetched them. */
export type HashAt = (place: Place) => Buffer;

/** The ranges whose hashes prove that the leaf at `index` is in a tree of `size` leaves, nearest first (RFC 9162, section 2.1.3.1). */
export function inclusionRanges(index: number, size: number): Range[] {
  return climb(index, { begin: 0, end: size });
}

function climb(index: number, { begin, end }: Range): Range[] {
  if (end - begin <= 1) {
    return [];
  }
  const middle = middleOf({ begin, end });
  const [left, right] = [
    { begin, end: middle },
    { begin: middle, end },
  ];
  return index < middle ? [...climb(index, left), right] : [...climb(index, right), left];
}

/** The ranges whose hashes prove that a tree of `size` leaves begins with the first `from` of them (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(from: number, size: number): Range[] {
  return from === 0 ? [] : descend(from, { begin: 0, end: size }, true);
}

/** `isWhole`: the range is still the beginning of the tree, so that the older tree's own hash stands for it. */
function descend(from: number, { begin, end }: Range, isWhole: boolean): Range[] {
  if (from === end) {
    return isWhole ? [] : [{ begin, end }];
  }
  const middle = middleOf({ begin, end });
  return from <= middle
    ? [...descend(from, { begin, end: middle }, isWhole), { begin: middle, end }]
    : [...descend(from, { begin: middle, end }, false), { begin, end: middle }];
}

/** Where a range is split: as many leaves to the left as the largest power of two below its length. */
function middleOf({ begin, end }: Range): number {
  let width = 1;
  while (width * 2 < end - begin) {
    width *= 2;
  }
  return begin + width;
}

/** The complete subtrees whose hashes a proof over these ranges is made of. */
export function placesOf(ranges: readonly Range[]): Place[] {
  return ranges.flatMap(completeWithin);
}

/** The proof over these ranges: the hash of each, in hex. */
export function proofOf(ranges: readonly Range[], hashAt: HashAt): string[] {
  return ranges.map((range) => foldHashes(completeWithin(range).map(hashAt)).toString('hex'));
}

/** Whether the proof leads from the leaf at `index` to the root. */
export function isIncluded(leaf: Buffer, index: number, proof: readonly string[], { size, root }: Head): boolean {
  if (index < 0 || index >= size) {
    return false;
  }
  const ranges = inclusionRanges(index, size);
  const hash = proof.reduce((own, hex, step) => {
    const other = Buffer.from(hex, 'hex');
    return (ranges[step]?.begin ?? 0) > index ? nodeHash(own, other) : nodeHash(other, own);
  }, leaf);
  return proof.length === ranges.length && hash.equals(root);
}

/** Whether the proof shows that the newer tree begins with all leaves of the older one, in their places. */
export function isConsistent(older: Head, newer: Head, proof: readonly string[]): boolean {
  if (older.size > newer.size) {
    return false;
  }
  if (older.size === 0) {
    return proof.length === 0;
  }
  const ranges = consistencyRanges(older.size, newer.size);
  const parts = ranges.map((range, index) => ({ range, hash: Buffer.from(proof[index] ?? '', 'hex') }));
  // The proof goes from the place where the older tree ends outwards; without a first hash of its own it starts from the older tree itself.
  const begin = ranges[0]?.end === older.size ? null : older.root;
  const was = parts.filter(({ range }) => range.end <= older.size).reduce(leftward, begin);
  const is = parts.reduce(
    (own: Buffer | null, { range, hash }) => (range.begin >= older.size ? rightward(own, hash) : leftward(own, { hash })),
    begin,
  );
  return proof.length === ranges.length && was?.equals(older.root) === true && is?.equals(newer.root) === true;
}

function leftward(own: Buffer | null, { hash }: { readonly hash: Buffer }): Buffer {
  return own ? nodeHash(hash, own) : hash;
}

function rightward(own: Buffer | null, hash: Buffer): Buffer {
  return own ? nodeHash(own, hash) : hash;
}
