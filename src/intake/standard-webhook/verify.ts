import { createHmac, createPublicKey, createSecretKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a message says about itself, before anything of it is proven. */
export interface Envelope {
  /** The sender's own id of the message: the same at every attempt. */
  readonly id: string;
  /** When this attempt was made, in whole seconds since 1970, as it was written: the signature covers the text. */
  readonly timestamp: string;
  /** As many signatures as the sender has secrets, with spaces between. */
  readonly signatures: string;
}

/** `v1` is HMAC-SHA256 with a secret that both sides have, `v1a` ed25519 with the sender's public key. */
export interface WebhookKey {
  readonly version: 'v1' | 'v1a';
  readonly key: KeyObject;
}

/** Svix sends the same under its own names. The two sets are never mixed. */
const HEADER_SETS = ['webhook', 'svix'] as const;
/** Printable ASCII without the full stop, which separates the parts of what is signed. */
const ID = /^[!-\-/-~]{1,200}$/;
const TIMESTAMP = /^\d{1,12}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** A sender has one signature a secret, and two secrets while it rotates: whoever sends hundreds wants to keep us busy. */
const MOST_SIGNATURES = 16;

/** Reads the three headers; a text says what is wrong with them. */
export function readEnvelope(headers: IncomingHttpHeaders): Envelope | string {
  const set = HEADER_SETS.find((prefix) => headers[`${prefix}-id`] !== undefined) ?? HEADER_SETS[0];
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`${set}-${name}`]);
  if (typeof id !== 'string' || !ID.test(id)) {
    return `the header ${set}-id is missing, longer than 200 characters, or holds a full stop, a space or a letter beyond ASCII`;
  }
  if (typeof timestamp !== 'string' || !TIMESTAMP.test(timestamp)) {
    return `the header ${set}-timestamp is missing or no number of whole seconds since 1970`;
  }
  if (typeof signatures !== 'string' || signatures === '') {
    return `the header ${set}-signature is missing`;
  }
  return { id, timestamp, signatures };
}

/** How many seconds the timestamp is ahead of the clock (behind it where negative). */
export function secondsAhead({ timestamp }: Envelope, now: Date): number {
  return Number(timestamp) - Math.floor(now.getTime() / 1_000);
}

/**
 * Which of the keys made one of the signatures, by its place in the list; null when none did. Every key is tried on every signature, and in constant
 * time, so that a refusal tells neither how much of a signature was right nor a place. Versions that are not known are passed over.
 *
 * @param body the bytes as they came
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function matchSignature({ id, timestamp, signatures }: Envelope, body: Uint8Array, keys: readonly WebhookKey[]): number | null {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`, 'latin1'), body]);
  const entries = signatures.split(' ').slice(0, MOST_SIGNATURES);
  const matches = keys.map((key) => entries.map((entry) => isMadeBy(key, entry, signed)).includes(true));
  const place = matches.indexOf(true);
  return place === -1 ? null : place;
}

function isMadeBy({ version, key }: WebhookKey, entry: string, signed: Buffer): boolean {
  if (!entry.startsWith(`${version},`)) {
    return false;
  }
  const given = entry.slice(version.length + 1);
  return version === 'v1' ? isHmac(key, given, signed) : isEd25519(key, given, signed);
}

/** Compared as texts: of the spellings that base64 allows for one signature, only the usual one is good. */
function isHmac(key: KeyObject, given: string, signed: Buffer): boolean {
  const expected = Buffer.from(createHmac('sha256', key).update(signed).digest('base64'));
  const text = Buffer.from(given);
  return text.length === expected.length && timingSafeEqual(text, expected);
}

function isEd25519(key: KeyObject, given: string, signed: Buffer): boolean {
  const signature = Buffer.from(given, 'base64');
  return signature.toString('base64') === given && verify(null, signed, key, signature);
}

const SYMMETRIC = 'whsec_';
const PUBLIC = 'whpk_';

/**
 * The key of a configured secret: `whsec_` (or no prefix) and the base64 of a shared secret, or `whpk_` and that of the sender's public key.
 * The form was checked with the configuration.
 */
export function toWebhookKey(secret: string): WebhookKey {
  if (secret.startsWith(PUBLIC)) {
    const x = fromBase64(secret.slice(PUBLIC.length)).toString('base64url');
    return { version: 'v1a', key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
  }
  return { version: 'v1', key: createSecretKey(fromBase64(secret.startsWith(SYMMETRIC) ? secret.slice(SYMMETRIC.length) : secret)) };
}

/** Node skips over what is no base64, and an empty key makes signatures that anybody can make. */
function fromBase64(text: string): Buffer {
  if (!BASE64.test(text)) {
    throw new TypeError('a webhook secret is empty or not base64');
  }
  return Buffer.from(text, 'base64');
}
