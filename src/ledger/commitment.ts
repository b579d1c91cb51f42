import type { JsonObject } from '../kernel/json.ts';
import { canonicalJson } from './canonical.ts';
import { sha256 } from './tree.ts';

/** What is set apart from an entry because it says something of a person, with the salt without which its commitment cannot be guessed. */
export interface Personal {
  /** 32 bytes, hex. */
  readonly salt: string;
  readonly data: JsonObject;
}

/**
 * What the ledger holds in place of an e-mail: SHA-256 over the person's salt and the e-mail in lower case, in hex. Whoever has the salt can show
 * that an entry is about this person; once the salt is gone the entry says nothing.
 */
export function commitTo(salt: string, email: string): string {
  return commit(salt, email.toLowerCase());
}

/** What an entry holds in place of its personal part: SHA-256 over the salt and the canonical JSON of the data, in hex. */
export function commitToPersonal({ salt, data }: Personal): string {
  return commit(salt, canonicalJson(data));
}

function commit(salt: string, text: string): string {
  return sha256(Buffer.from(salt, 'hex'), Buffer.from(text, 'utf8')).toString('hex');
}
