import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Which of the configured secrets the header carries, by its place in the list; null when none. An event hook has no signature: the whole header
 * value is the secret. Every secret is compared, in constant time, so that a refusal tells neither a prefix nor a place.
 */
export function matchSecret(header: string | string[] | undefined, secrets: readonly string[]): number | null {
  const given = digest(typeof header === 'string' ? header : '');
  const matches = secrets.map((secret) => secret !== '' && timingSafeEqual(given, digest(secret)));
  const place = matches.indexOf(true);
  return place === -1 ? null : place;
}

/** Compared as digests: they are all of one length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
