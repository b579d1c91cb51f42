import { z } from 'zod';
import { entrySchema, personalSchema } from './entry.ts';

export const BUNDLE_FORMAT = 'leaver-evidence/2';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const proof = z.array(hash);
const stepSchema = z.looseObject({ id: z.string(), state: z.string(), outcome: z.string().nullable() });

/** The case as the operator API shows it; kept whole, and compared with the entries where they say the same. */
const caseSchema = z.looseObject({ id: z.string(), state: z.string(), steps: z.array(stepSchema) });

export const publicKeySchema = z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() });
export const keySetSchema = z.looseObject({ keys: z.array(publicKeySchema) });
export type KeySet = z.infer<typeof keySetSchema>;

/** A public key as bundles carry it; its id is its RFC 7638 thumbprint. */
export const bundleKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});
export type PublicKey = z.infer<typeof bundleKeySchema>;
export const bundleKeysSchema = z.strictObject({ keys: z.array(bundleKeySchema) });
export type BundleKeys = z.infer<typeof bundleKeysSchema>;

const provenEntrySchema = z.strictObject({
  /** Its place in the ledger; the first is 1. */
  seq: z.int().positive(),
  entry: entrySchema,
  /** What the entry commits to in its member `personal`; null when there is nothing, or it was erased. */
  personal: personalSchema.nullable(),
  /** The way from the entry to the root of the checkpoint's tree. */
  proof,
});
export type ProvenEntry = z.infer<typeof provenEntrySchema>;

/** That the tree of a checkpoint begins with the whole tree of an earlier one, which had `from` entries. */
export const consistencySchema = z.strictObject({ from: z.int().nonnegative(), proof });
export type Consistency = z.infer<typeof consistencySchema>;

export const payloadSchema = z.strictObject({
  madeAt: z.iso.datetime(),
  case: caseSchema,
  /** Null when the person was erased. */
  person: z.strictObject({ email: z.string(), name: z.string().nullable(), salt: hash }).nullable(),
  /** Every entry of this case in its order; other people's stay out of it, for the proofs are digests only. */
  entries: z.array(provenEntrySchema).min(1),
  /** A compact JWS: what `checkpoint.ts` says of the ledger that holds the entries. */
  checkpoint: z.string(),
  /** Present where somebody asked for it who has kept an earlier checkpoint. */
  consistency: consistencySchema.nullable(),
});
export type BundlePayload = z.infer<typeof payloadSchema>;

/**
 * An evidence bundle. `signature` is a compact JWS (Ed25519) whose payload is the canonical JSON of a statement; `keys` are the public keys of the
 * signatures in it, for convenience: a verifier who must not trust the bundle brings its own.
 */
export const bundleSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  payload: payloadSchema,
  signature: z.string(),
  keys: bundleKeysSchema,
});
export type EvidenceBundle = z.infer<typeof bundleSchema>;

/** What is signed: the places of the entries by themselves, so that one that is missing can be named. */
export const statementSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  entries: z.array(z.int().positive()),
  payloadSha256: hash,
});
