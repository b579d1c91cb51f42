import { messageOf } from '../kernel/errors.ts';
import { type ArchiveFiles, unpackArchive } from './archive.ts';
import { manifestOf, NAMES } from './archive-files.ts';
import { type KeySet, keySetSchema } from './bundle.ts';
import { checkSignature } from './signature.ts';
import { ARCHIVE_TYPE } from './signature-type.ts';
import { type Verdict, verifyEvidence } from './verify.ts';
import type { KeptCheckpoint } from './verify-checkpoint.ts';

/**
 * Checks an archive of evidence with nothing but its bytes: the bundle in it, as `verifyEvidence` does, and that every other file is the one that was
 * signed with it, none missing and none added. The first thing that is wrong is named; it never throws.
 */
export async function verifyArchive(bytes: Uint8Array, trusted?: KeySet, kept?: KeptCheckpoint): Promise<Verdict> {
  const unpacked = unpackArchive(bytes);
  if ('problem' in unpacked) {
    return { ok: false, problem: unpacked.problem };
  }
  const { [NAMES.bundle]: bundle, [NAMES.manifest]: manifest, ...others } = unpacked.files;
  if (bundle === undefined || manifest === undefined) {
    return {
      ok: false,
      problem: `the ZIP file is no evidence of Leaver: ${bundle === undefined ? NAMES.bundle : NAMES.manifest} is missing`,
    };
  }
  const verdict = await verifyEvidence(bundle, trusted, kept);
  const problem = verdict.ok ? await checkManifest(manifest, { ...others, [NAMES.bundle]: bundle }, trusted) : null;
  return problem === null ? verdict : { ok: false, problem };
}

async function checkManifest(jws: string, files: ArchiveFiles, trusted: KeySet | undefined): Promise<string | null> {
  const keys = trusted ?? readKeys(files[NAMES.keys]);
  if (typeof keys === 'string') {
    return keys;
  }
  const checked = await checkSignature("the manifest's signature", jws, ARCHIVE_TYPE, keys);
  if (!checked.ok) {
    return checked.problem;
  }
  return checked.text === manifestOf(files) ? null : difference(checked.text, manifestOf(files));
}

function readKeys(text: string | undefined): KeySet | string {
  try {
    return keySetSchema.parse(JSON.parse(text ?? ''));
  } catch (error) {
    return `${NAMES.keys} in the ZIP file is not a key set: ${messageOf(error).split('\n')[0]}`;
  }
}

function difference(signed: string, present: string): string {
  const [before, now] = [signed, present].map((text) => (JSON.parse(text) as { files?: Record<string, string> }).files ?? {});
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(now ?? {})])].sort();
  const name = names.find((one) => before?.[one] !== now?.[one]);
  if (name === undefined) {
    return 'the manifest signs something else than an archive of this format';
  }
  const what = now?.[name] === undefined ? 'is missing' : before?.[name] === undefined ? 'was added' : 'was changed';
  return `${name} in the ZIP file ${what} since it was signed`;
}
