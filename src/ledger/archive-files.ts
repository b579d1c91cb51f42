import type { EvidenceBundle } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { type Checkpoint, checkpointSchema } from './checkpoint.ts';
import { statementOf } from './evidence-statement.ts';
import { summaryPage } from './summary/page.ts';
import { sha256 } from './tree.ts';

export const ARCHIVE_FORMAT = 'leaver-evidence-archive/1';

/** The files of an archive. The manifest signs the digests of all the others, so that none can be changed, left out or added. */
export const NAMES = {
  readme: 'README.txt',
  summary: 'summary.html',
  bundle: 'evidence.json',
  checkpoint: 'checkpoint.json',
  keys: 'jwks.json',
  manifest: 'manifest.jws',
} as const;

/** Everything that an archive holds but the manifest, by name. */
export function filesOf(bundle: EvidenceBundle): Record<string, string> {
  return {
    [NAMES.readme]: readme(bundle),
    [NAMES.summary]: summaryOf(bundle),
    [NAMES.bundle]: `${JSON.stringify(bundle)}\n`,
    [NAMES.checkpoint]: checkpointFile(bundle),
  };
}

/** What the manifest signs: canonical JSON with the SHA-256 of every other file, hex. */
export function manifestOf(files: Readonly<Record<string, string>>): string {
  const digests = Object.entries(files).map(([name, text]) => [name, sha256(Buffer.from(text, 'utf8')).toString('hex')]);
  return canonicalJson({ format: ARCHIVE_FORMAT, files: Object.fromEntries(digests) });
}

/** For people; the same bundle gives the same page. */
export function summaryOf({ payload, keys }: EvidenceBundle): string {
  const { size, root } = readCheckpoint(payload.checkpoint).statement;
  const { payloadSha256 } = statementOf(payload);
  return summaryPage(payload, { payloadSha256, kid: keys.keys[0]?.kid ?? '', head: { entries: size, root } });
}

/** Of a signature that we have made, what it says and with which key it was made. */
function readCheckpoint(jws: string): { statement: Checkpoint; kid: unknown } {
  const [header = '', payload = ''] = jws.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  const { kid } = JSON.parse(header) as { kid?: unknown };
  return { statement: checkpointSchema.parse(JSON.parse(payload)), kid };
}

/** The checkpoint by itself, as the service gives it out: whoever keeps it can tell later that nothing was taken away. */
function checkpointFile({ payload: { checkpoint, consistency }, keys }: EvidenceBundle): string {
  const { statement, kid } = readCheckpoint(checkpoint);
  const used = keys.keys.filter((key) => key.kid === kid);
  return `${JSON.stringify({ checkpoint, statement, consistency, keys: { keys: used } }, null, 2)}\n`;
}

function readme({ payload }: EvidenceBundle): string {
  return `Evidence of case ${payload.case.id}, made by Leaver at ${payload.madeAt}

summary.html     for reading and printing
evidence.json    what is proven: the entries of the case, their proofs, and the signature
checkpoint.json  the signed state of the ledger that the proofs lead to: keep it
jwks.json        the public keys, for convenience
manifest.jws     the signed SHA-256 digests of the files here

To check all of it, without a network and without the service:

  leaver verify <this ZIP file> --key <keys>

where <keys> is what the service shows at /.well-known/jwks.json, kept from an
earlier day. Without --key, or with the jwks.json from here, it is proven that
nothing was changed, but not who signed it. With --checkpoint <file> and a
checkpoint.json from an earlier day it is also proven that nothing was taken
from the ledger since.

Without Leaver: evidence.json is described, with test vectors, in
docs/ledger-format.md; it needs SHA-256 and Ed25519 and nothing else.
`;
}
