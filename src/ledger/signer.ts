import path from 'node:path';
import { CompactSign, calculateJwkThumbprint, importJWK } from 'jose';
import { type Database, inTransaction, type Tx } from '../database/database.ts';
import { bundleKeySchema, type PublicKey } from './bundle.ts';
import { makeKey, markOf, type PrivateKey, readOrMakeKey, replaceKey } from './key-file.ts';
import type { SignatureType } from './signature-type.ts';
import { insertKey, readKeys } from './signing-key-store.ts';

export interface Signed {
  /** A compact JWS (RFC 7515). */
  readonly jws: string;
  /** What verifies it. */
  readonly key: PublicKey;
}

export interface Rotation {
  readonly from: string;
  readonly to: string;
}

/** Signs evidence and checkpoints with Ed25519 (RFC 8037). The private key never leaves it. */
export interface Signer {
  /** The id of the key that signs. */
  readonly kid: string;
  sign(text: string, typ: SignatureType): Promise<Signed>;
  /** Every key that ever signed for this database, newest first: what `/.well-known/jwks.json` shows. */
  publicKeys(): Promise<PublicKey[]>;
  /**
   * Signs with a new key from now on; the old private key is destroyed, what it signed still verifies. Other processes with the same `dataDir` change
   * with their next signature. `record` writes it down within the transaction that makes the new key known.
   */
  rotate(record: (tx: Tx, rotation: Rotation) => void): Promise<Rotation>;
}

interface Loaded {
  readonly known: PublicKey;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  /** Which file it was read from: another mark means that somebody has replaced it. */
  readonly mark: string | null;
}

/**
 * Opens the signing key in `dataDir`, making it at the first start (mode 0600, readable by its owner only), and makes its public half known to
 * every process on this database.
 */
export async function openSigner({ dataDir, db }: { readonly dataDir: string; readonly db: Database }): Promise<Signer> {
  const file = path.join(dataDir, 'evidence-key.json');
  const load = async (): Promise<Loaded> => {
    const jwk = await readOrMakeKey(file);
    const opened = { known: await publish(jwk), key: await importJWK(jwk, 'EdDSA'), mark: await markOf(file) };
    await insertKey(db, opened.known);
    return opened;
  };
  let loaded = await load();
  const current = async (): Promise<Loaded> => {
    const mark = await markOf(file);
    if (mark !== null && mark !== loaded.mark) {
      loaded = await load();
    }
    return loaded;
  };
  return {
    get kid() {
      return loaded.known.kid;
    },
    sign: async (text, typ) => {
      const { known, key } = await current();
      const header = { alg: known.alg, kid: known.kid, typ };
      return { jws: await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(key), key: known };
    },
    publicKeys: async () => (await readKeys(db)).map((jwk) => bundleKeySchema.parse(jwk)),
    rotate: async (record) => {
      const jwk = await makeKey();
      const known = await publish(jwk);
      const rotation = { from: (await current()).known.kid, to: known.kid };
      // Known before it signs: nobody may meet a signature whose key is not told.
      await inTransaction(db, async (tx) => {
        await insertKey(tx.sql, known);
        record(tx, rotation);
      });
      await replaceKey(file, jwk);
      await current();
      return rotation;
    },
  };
}

async function publish(jwk: PrivateKey): Promise<PublicKey> {
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' };
}
