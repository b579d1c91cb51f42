import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { LeaverError, messageOf } from '../kernel/errors.ts';
import { SIGNATURE_TYPE } from './signature-type.ts';

const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});
export type PublicKey = z.infer<typeof publicKeySchema>;
const privateKeySchema = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });

/** Signs evidence with Ed25519 (RFC 8037). The private key never leaves it. */
export interface Signer {
  readonly kid: string;
  /** A compact JWS (RFC 7515) over the text. */
  sign(text: string): Promise<string>;
  /** Every key that ever signed for this database, newest first: what `/.well-known/jwks.json` shows. */
  publicKeys(): Promise<PublicKey[]>;
}

/**
 * Opens the signing key in `dataDir`, making it at the first start (mode 0600, readable by its owner only), and makes its public half known to
 * every process on this database.
 */
export async function openSigner({ dataDir, db }: { readonly dataDir: string; readonly db: Database }): Promise<Signer> {
  const jwk = await readOrMakeKey(path.join(dataDir, 'evidence-key.json'));
  const kid = await calculateJwkThumbprint(jwk);
  const key = await importJWK(jwk, 'EdDSA');
  const known: PublicKey = { kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid, alg: 'EdDSA', use: 'sig' };
  await db
    .insertInto('signing_key')
    .values({ kid, jwk: JSON.stringify(known) })
    .onConflict((conflict) => conflict.column('kid').doNothing())
    .execute();
  return {
    kid,
    sign: async (text) =>
      await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'EdDSA', kid, typ: SIGNATURE_TYPE }).sign(key),
    publicKeys: async () => {
      const rows = await db.selectFrom('signing_key').select('jwk').orderBy('created_at', 'desc').execute();
      return rows.map((row) => publicKeySchema.parse(row.jwk));
    },
  };
}

async function readOrMakeKey(file: string): Promise<JWK & { x: string; d: string }> {
  return (await readKey(file)) ?? (await makeKey(file));
}

async function readKey(file: string): Promise<(JWK & { x: string; d: string }) | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return null;
    }
    throw error;
  }
  try {
    const jwk = privateKeySchema.parse(JSON.parse(text));
    await importJWK(jwk, 'EdDSA');
    return jwk;
  } catch (error) {
    throw new LeaverError(
      'configuration',
      `The signing key ${file} is damaged (${messageOf(error).split('\n')[0]}). Restore it from a backup; or move it away, and a new key is made: evidence signed before still verifies with the old public key.`,
    );
  }
}

/** Written aside and linked into place, so that a crash leaves no half key and the first of two processes wins. */
async function makeKey(file: string): Promise<JWK & { x: string; d: string }> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = privateKeySchema.parse(await exportJWK(privateKey));
  await mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flush: true });
  try {
    await link(aside, file);
    return jwk;
  } catch (error) {
    const winner = await readKey(file);
    if (!winner) {
      throw error;
    }
    return winner;
  } finally {
    await unlink(aside);
  }
}
