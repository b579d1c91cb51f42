import { sha256 } from './chain.ts';

/**
 * What the ledger holds in place of an e-mail: SHA-256 over the person's salt and the e-mail in lower case, in hex. Whoever has the salt can show
 * that an entry is about this person; once the salt is gone the entry says nothing.
 */
export function commitTo(salt: string, email: string): string {
  return sha256(Buffer.from(salt, 'hex'), Buffer.from(email.toLowerCase(), 'utf8')).toString('hex');
}
