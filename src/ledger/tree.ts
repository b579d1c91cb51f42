import { createHash } from 'node:crypto';

/** Leaves of the tree from `begin` (the first is 0) up to, not including, `end`. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** A complete subtree: it covers 2^level leaves, and `position` others of its size come before it. Level 0 is the leaves. */
export interface Place {
  readonly level: number;
  readonly position: number;
}

export interface Node extends Place {
  readonly hash: Buffer;
}

/** The whole tree in short: how many leaves it has, and the hash that stands for all of them in their order. */
export interface Head {
  readonly size: number;
  readonly root: Buffer;
}

/** The tree without leaves. */
export const EMPTY_HEAD: Head = { size: 0, root: sha256() };

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** RFC 9162, section 2.1.1: leaves and nodes begin with different bytes, so that neither can be passed off as the other. */
export function leafHash(body: string): Buffer {
  return sha256(LEAF, Buffer.from(body, 'utf8'));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** The complete subtrees that make up a range, from the left, largest first. The range begins where a subtree at least as large as itself does. */
export function completeWithin({ begin, end }: Range): Place[] {
  const places: Place[] = [];
  for (let at = begin; at < end; ) {
    let level = 0;
    while (2 ** (level + 1) <= end - at) {
      level += 1;
    }
    places.push({ level, position: at / 2 ** level });
    at += 2 ** level;
  }
  return places;
}

/** The hash of neighbouring subtrees, given from the left, each no larger than the one before it. */
export function foldHashes(hashes: readonly Buffer[]): Buffer {
  const [last, ...others] = hashes.toReversed();
  return last ? others.reduce((right, left) => nodeHash(left, right), last) : EMPTY_HEAD.root;
}

export interface Growth {
  readonly head: Head;
  /** Every subtree that became complete, the leaves themselves included. */
  readonly nodes: readonly Node[];
}

/**
 * Adds leaves to a tree of `size` leaves.
 *
 * @param edge the hashes of the complete subtrees that make up the tree so far, as `completeWithin` names them
 */
export function growTree(size: number, edge: readonly Buffer[], leaves: readonly Buffer[]): Growth {
  const stack: Node[] = completeWithin({ begin: 0, end: size }).map((place, index) => ({ ...place, hash: edge[index] ?? EMPTY_HEAD.root }));
  const nodes: Node[] = [];
  for (const [index, hash] of leaves.entries()) {
    let node: Node = { level: 0, position: size + index, hash };
    nodes.push(node);
    for (let left = stack.at(-1); left?.level === node.level; left = stack.at(-1)) {
      stack.pop();
      node = { level: node.level + 1, position: left.position / 2, hash: nodeHash(left.hash, node.hash) };
      nodes.push(node);
    }
    stack.push(node);
  }
  return { head: { size: size + leaves.length, root: foldHashes(stack.map(({ hash }) => hash)) }, nodes };
}
