import { packArchive } from './archive.ts';
import { filesOf, manifestOf, NAMES, summaryOf } from './archive-files.ts';
import type { EvidenceBundle } from './bundle.ts';
import { ARCHIVE_TYPE } from './signature-type.ts';
import type { Signer } from './signer.ts';
import { SUMMARY_POLICY } from './summary/page.ts';

/** How evidence is handed out: for machines, for people, and both with all that is needed to check them. */
export const FORMS = ['json', 'html', 'zip'] as const;
export type Form = (typeof FORMS)[number];

/** A bundle in one of its forms, as it is sent. */
export interface Formed {
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export async function inForm(bundle: EvidenceBundle, form: Form, signer: Signer): Promise<Formed> {
  const file = `leaver-evidence-${bundle.payload.case.id}.${form}`;
  const attached = { 'content-disposition': `attachment; filename="${file}"` };
  switch (form) {
    case 'json':
      return { type: 'application/json; charset=utf-8', body: JSON.stringify(bundle), headers: attached };
    case 'html':
      return {
        type: 'text/html; charset=utf-8',
        body: summaryOf(bundle),
        headers: { ...PAGE_HEADERS, 'content-disposition': `inline; filename="${file}"` },
      };
    case 'zip':
      return { type: 'application/zip', body: await archiveOf(bundle, signer), headers: attached };
  }
}

/** The page says the same of itself; only a header can say who may frame it. */
const PAGE_HEADERS = { 'content-security-policy': `${SUMMARY_POLICY}; frame-ancestors 'none'` };

/** The keys are those of all signatures in it: another one may have come into use since the bundle was signed. */
async function archiveOf(bundle: EvidenceBundle, signer: Signer): Promise<Uint8Array> {
  const publicKeys = await signer.publicKeys();
  const files = { ...filesOf(bundle), [NAMES.keys]: `${JSON.stringify({ keys: publicKeys }, null, 2)}\n` };
  const { jws } = await signer.sign(manifestOf(files), ARCHIVE_TYPE);
  return packArchive({ ...files, [NAMES.manifest]: jws }, new Date(bundle.payload.madeAt));
}
