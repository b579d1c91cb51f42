import { createHash } from 'node:crypto';

/** The hash before the first link: SHA-256 of the format's name, so that chains of other formats never fit. */
export const GENESIS = sha256(Buffer.from('leaver-ledger/1', 'utf8'));

export interface Link {
  /** Position in the chain; the first is 1. */
  readonly seq: number;
  /** SHA-256 of the entry's canonical JSON. */
  readonly digest: Buffer;
  /** SHA-256 over the previous hash, the position (64 bits, big-endian) and the digest. */
  readonly hash: Buffer;
}

export interface Head {
  readonly seq: number;
  readonly hash: Buffer;
}

export const EMPTY_HEAD: Head = { seq: 0, hash: GENESIS };

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

/** The digest of an entry, from its canonical JSON. */
export function digestOf(body: string): Buffer {
  return sha256(Buffer.from(body, 'utf8'));
}

/** The link that puts an entry behind `head`. */
export function nextLink(head: Head, digest: Buffer): Link {
  const seq = head.seq + 1;
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(seq));
  return { seq, digest, hash: sha256(head.hash, position, digest) };
}

/** The links for entries in their order, the first right behind `head`. */
export function extendChain(head: Head, digests: readonly Buffer[]): Link[] {
  const links: Link[] = [];
  let last: Head = head;
  for (const digest of digests) {
    const link = nextLink(last, digest);
    links.push(link);
    last = link;
  }
  return links;
}
