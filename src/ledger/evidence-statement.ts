import type { z } from 'zod';
import { BUNDLE_FORMAT, type BundlePayload, type statementSchema } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { sha256 } from './tree.ts';

/** What the signature of a bundle is made over. */
export function statementOf(payload: BundlePayload): z.infer<typeof statementSchema> {
  return {
    format: BUNDLE_FORMAT,
    entries: payload.entries.map(({ seq }) => seq),
    payloadSha256: sha256(Buffer.from(canonicalJson(payload), 'utf8')).toString('hex'),
  };
}
