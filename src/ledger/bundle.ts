import { z } from 'zod';
import { ENTRY_KINDS } from './entry.ts';

export const BUNDLE_FORMAT = 'leaver-evidence/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const headSchema = z.strictObject({ seq: z.int().nonnegative(), hash });

const entrySchema = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  kind: z.enum(ENTRY_KINDS),
  caseId: z.string().nullable(),
  data: z.record(z.string(), z.json()),
});

const stepSchema = z.looseObject({ id: z.string(), state: z.string(), outcome: z.string().nullable() });

/** The case as the operator API shows it; kept whole, and compared with the entries where they say the same. */
const caseSchema = z.looseObject({ id: z.string(), state: z.string(), steps: z.array(stepSchema) });

export const publicKeySchema = z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() });
export const keySetSchema = z.looseObject({ keys: z.array(publicKeySchema) });
export type KeySet = z.infer<typeof keySetSchema>;

/** A public key as bundles carry it; its id is its RFC 7638 thumbprint. */
const bundleKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

export const payloadSchema = z.strictObject({
  madeAt: z.iso.datetime(),
  case: caseSchema,
  person: z.strictObject({ email: z.string(), name: z.string().nullable(), salt: z.string() }),
  /** The entries of this case with their places in the chain. */
  entries: z.array(z.strictObject({ seq: z.int().positive(), entry: entrySchema })).min(1),
  /** The chain from right before the first entry to `head`: digests only, so that other people's entries stay out. */
  chain: z.strictObject({ before: headSchema, digests: z.array(hash) }),
  head: headSchema,
});
export type BundlePayload = z.infer<typeof payloadSchema>;

/**
 * An evidence bundle, version 1. `signature` is a compact JWS (Ed25519) whose payload is the canonical JSON of
 * `{ format, head, payloadSha256 }`; `keys` are the public keys, for convenience: a verifier who must not trust the bundle brings its own.
 */
export const bundleSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  payload: payloadSchema,
  signature: z.string(),
  keys: z.strictObject({ keys: z.array(bundleKeySchema) }),
});
export type EvidenceBundle = z.infer<typeof bundleSchema>;

export const statementSchema = z.strictObject({ format: z.literal(BUNDLE_FORMAT), head: headSchema, payloadSha256: hash });
