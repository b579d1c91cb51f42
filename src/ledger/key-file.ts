import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import { z } from 'zod';
import { LeaverError, messageOf } from '../kernel/errors.ts';

const privateKeySchema = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });
export type PrivateKey = z.infer<typeof privateKeySchema>;

/** The key in the file; where there is none, it is made: readable by its owner only, and the same for all processes that make it at once. */
export async function readOrMakeKey(file: string): Promise<PrivateKey> {
  return (await readKey(file)) ?? (await linkIntoPlace(file, await makeKey()));
}

export async function makeKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return privateKeySchema.parse(await exportJWK(privateKey));
}

/** Puts another key into the place of the one in the file, which is gone with that: no moment has none, or half of one. */
export async function replaceKey(file: string, key: PrivateKey): Promise<void> {
  await rename(await writeAside(file, key), file);
}

/** What differs when the file was replaced; null when it is not there. */
export async function markOf(file: string): Promise<string | null> {
  try {
    const { ino, mtimeMs } = await stat(file);
    return `${ino} ${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) {
      return null;
    }
    throw error;
  }
}

async function readKey(file: string): Promise<PrivateKey | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) {
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
async function linkIntoPlace(file: string, key: PrivateKey): Promise<PrivateKey> {
  const aside = await writeAside(file, key);
  try {
    await link(aside, file);
    return key;
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

async function writeAside(file: string, key: PrivateKey): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${JSON.stringify(key)}\n`, { mode: 0o600, flush: true });
  return aside;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
