import { readFile } from 'node:fs/promises';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'fixtures', 'standard-webhooks');

/** A published vector; `index.tsv` beside it says where it comes from. */
export interface Vector {
  readonly secret: string;
  /** The receiver's time, in seconds since 1970. */
  readonly clock: number;
  readonly valid: boolean;
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

export async function fixture(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(FOLDER, `${name}.json`), 'utf8'));
}

/** The secret of the published vector. */
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Another one. */
export const OTHER_SECRET = `whsec_${Buffer.from('the other secret of these tests').toString('base64')}`;

/** An ed25519 pair as the specification writes it: the sender's seed and public key, and the public key alone (the first one of RFC 8032, 7.1). */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const POINT = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
export const PRIVATE_KEY = `whsk_${Buffer.from(SEED + POINT, 'hex').toString('base64')}`;
export const PUBLIC_KEY = `whpk_${Buffer.from(POINT, 'hex').toString('base64')}`;
/** Of another pair (RFC 8032, 7.1, the second one). */
export const OTHER_PUBLIC_KEY = `whpk_${Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex').toString('base64')}`;
