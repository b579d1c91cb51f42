import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Which of the configured secrets was given, by its place in the list; null when none. Every secret is compared, in constant time, so that a refusal tells
 * neither a prefix nor a place.
 */
export function matchSecret(given: string | string[] | null | undefined, secrets: readonly string[]): number | null {
  const asked = digest(typeof given === 'string' ? given : '');
  const matches = secrets.map((secret) => secret !== '' && timingSafeEqual(asked, digest(secret)));
  const place = matches.indexOf(true);
  return place === -1 ? null : place;
}

/** Compared as digests: they are all of one length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
