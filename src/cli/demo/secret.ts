import { randomBytes } from 'node:crypto';

/** A new one for every run. */
export function secret(): string {
  return randomBytes(24).toString('base64url');
}
