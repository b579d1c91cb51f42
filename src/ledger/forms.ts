import { packArchive } from './archive.ts';
import type { EvidenceBundle } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { digestOf } from './chain.ts';
import type { Signer } from './signer.ts';
import { SUMMARY_POLICY, summaryPage } from './summary/page.ts';

/** How evidence is handed out: for machines, for people, and both with all that is needed to check them. */
export const FORMS = ['json', 'html', 'zip'] as const;
export type Form = (typeof FORMS)[number];

export const ARCHIVE_FORMAT = 'leaver-evidence-archive/1';

/** The files of an archive. `manifest.jws` signs the digests of all the others, so that none can be changed, left out or added. */
export const ARCHIVE_NAMES = { bundle: 'evidence.json', summary: 'summary.html', keys: 'jwks.json', readme: 'README.txt' } as const;
export const MANIFEST_NAME = 'manifest.jws';

/** A bundle in one of its forms, as it is sent. */
export interface Formed {
  readonly type: string;
  readonly file: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export async function inForm(bundle: EvidenceBundle, form: Form, signer: Signer): Promise<Formed> {
  const file = `leaver-evidence-${bundle.payload.case.id}.${form}`;
  const attached = { 'content-disposition': `attachment; filename="${file}"` };
  switch (form) {
    case 'json':
      return { type: 'application/json; charset=utf-8', file, body: JSON.stringify(bundle), headers: attached };
    case 'html':
      return {
        type: 'text/html; charset=utf-8',
        file,
        body: summaryOf(bundle, signer.kid),
        headers: {
          'content-disposition': `inline; filename="${file}"`,
          'content-security-policy': `${SUMMARY_POLICY}; frame-ancestors 'none'`,
        },
      };
    case 'zip':
      return { type: 'application/zip', file, body: await archiveOf(bundle, signer), headers: attached };
  }
}

/** For people; the same bundle gives the same page. */
export function summaryOf({ payload }: EvidenceBundle, kid: string): string {
  const payloadSha256 = digestOf(canonicalJson(payload)).toString('hex');
  return summaryPage(payload, { payloadSha256, kid, head: { entries: payload.head.seq, hash: payload.head.hash } });
}

async function archiveOf(bundle: EvidenceBundle, signer: Signer): Promise<Uint8Array> {
  const files = {
    [ARCHIVE_NAMES.readme]: readme(bundle),
    [ARCHIVE_NAMES.summary]: summaryOf(bundle, signer.kid),
    [ARCHIVE_NAMES.bundle]: `${JSON.stringify(bundle)}\n`,
    [ARCHIVE_NAMES.keys]: `${JSON.stringify(bundle.keys, null, 2)}\n`,
  };
  const manifest = await signer.sign(manifestOf(files));
  return packArchive({ ...files, [MANIFEST_NAME]: manifest }, new Date(bundle.payload.madeAt));
}

/** What `manifest.jws` signs: canonical JSON with the SHA-256 of every other file, hex. */
export function manifestOf(files: Readonly<Record<string, string>>): string {
  const digests = Object.entries(files).map(([name, text]) => [name, digestOf(text).toString('hex')]);
  return canonicalJson({ format: ARCHIVE_FORMAT, files: Object.fromEntries(digests) });
}

function readme({ payload }: EvidenceBundle): string {
  return `Evidence of case ${payload.case.id}, made by Leaver at ${payload.madeAt}

summary.html   for reading and printing
evidence.json  what is proven: the entries of the case, their place in the ledger, and the signature
jwks.json      the public keys, for convenience
manifest.jws   the signed SHA-256 digests of the files here

To check all of it, without a network and without the service:

  leaver verify <this ZIP file> --key <keys>

where <keys> is what the service shows at /.well-known/jwks.json, kept from an earlier day. Without --key, or with the jwks.json from here, it is
proven that nothing was changed, but not who signed it.

Without Leaver: evidence.json is described, with test vectors, in docs/ledger-format.md; it needs SHA-256 and Ed25519 and nothing else.
`;
}
