import { compactVerify, importJWK } from 'jose';
import { messageOf } from '../kernel/errors.ts';
import { type BundlePayload, bundleSchema, type EvidenceBundle, type KeySet, statementSchema } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { digestOf, type Head, nextLink } from './chain.ts';
import { commitTo } from './commitment.ts';
import { SIGNATURE_TYPE } from './signature-type.ts';

export type Verdict =
  | { readonly ok: true; readonly kid: string; readonly entries: number; readonly payload: BundlePayload }
  | { readonly ok: false; readonly problem: string };

class Broken extends Error {}

/**
 * Checks an evidence bundle with nothing but its bytes: shape, every entry against its digest, the chain from the first entry to the signed
 * head, the signature, the person's commitment, and that the shown case says what the entries say. The first thing that is wrong is named;
 * it never throws.
 *
 * @param text the bundle as it was downloaded
 * @param trusted the keys to accept; without them the bundle's own keys are used, which proves integrity but not origin
 */
export async function verifyEvidence(text: string, trusted?: KeySet): Promise<Verdict> {
  try {
    const bundle = readBundle(text);
    checkEntries(bundle.payload);
    checkChain(bundle.payload);
    checkPerson(bundle.payload);
    checkCase(bundle.payload);
    checkEncoding(bundle);
    const kid = await checkSignature(bundle, trusted ?? bundle.keys);
    return { ok: true, kid, entries: bundle.payload.entries.length, payload: bundle.payload };
  } catch (error) {
    // Whatever stops the check (a number beyond all bounds, a text that is no Unicode) is one more reason not to believe the file.
    return { ok: false, problem: error instanceof Broken ? error.message : `the file cannot be checked: ${messageOf(error)}` };
  }
}

function readBundle(text: string): EvidenceBundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Broken(`the file is not JSON: ${messageOf(error)}`);
  }
  const parsed = bundleSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Broken(`the file is not an evidence bundle of this format: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (canonicalJson(json) !== canonicalJson(parsed.data)) {
    throw new Broken('the file is not an evidence bundle of this format: it holds members that are not read, so nothing vouches for them');
  }
  return parsed.data;
}

function checkEntries({ entries, chain, case: shown }: BundlePayload): void {
  let last = chain.before.seq;
  for (const { seq, entry } of entries) {
    const name = `entry ${seq} (${entry.kind}, ${entry.at})`;
    if (seq <= last) {
      throw new Broken(`${name} does not come after the one before it`);
    }
    if (entry.caseId !== shown.id) {
      throw new Broken(`${name} belongs to another case`);
    }
    if (chain.digests[seq - chain.before.seq - 1] !== digestOf(canonicalJson(entry)).toString('hex')) {
      throw new Broken(`${name} is not what was recorded: its content does not match its digest`);
    }
    last = seq;
  }
}

function checkChain({ chain, head }: BundlePayload): void {
  let at: Head = { seq: chain.before.seq, hash: Buffer.from(chain.before.hash, 'hex') };
  for (const digest of chain.digests) {
    at = nextLink(at, Buffer.from(digest, 'hex'));
  }
  if (at.seq !== head.seq || at.hash.toString('hex') !== head.hash) {
    throw new Broken(`the chain from entry ${chain.before.seq + 1} does not lead to the signed head (entry ${head.seq})`);
  }
}

function checkPerson({ entries, person }: BundlePayload): void {
  const opened = entries.find(({ entry }) => entry.kind === 'case.opened');
  if (!opened) {
    throw new Broken('the entry that opened the case is missing');
  }
  if (opened.entry.data['person'] !== commitTo(person.salt, person.email)) {
    throw new Broken(`the case was not opened for ${person.email}: entry ${opened.seq} commits to somebody else`);
  }
}

function checkCase({ case: shown, entries }: BundlePayload): void {
  for (const step of shown.steps) {
    const finished = entries.findLast(({ entry }) => entry.kind === 'step.finished' && entry.data['step'] === step.id);
    if (step.state === 'done' && finished?.entry.data['outcome'] !== step.outcome) {
      throw new Broken(`step ${step.id} is shown as ${step.outcome}, but no entry says so`);
    }
  }
  const last = entries.findLast(({ entry }) => entry.kind === 'case.state' || entry.kind === 'case.opened');
  const recorded = last?.entry.data[last.entry.kind === 'case.state' ? 'to' : 'state'];
  if (recorded !== shown.state) {
    throw new Broken(`the case is shown as ${shown.state}, but entry ${last?.seq} says ${String(recorded)}`);
  }
}

/** Keys and signatures have one text form each; another one that decodes to the same bytes is a change all the same. */
function checkEncoding({ signature, keys }: EvidenceBundle): void {
  const parts = signature.split('.');
  if (parts.length !== 3 || parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
    throw new Broken('the signature is not written as a compact JWS');
  }
  const stray = keys.keys.find(({ crv, kty, x, kid }) => digestOf(canonicalJson({ crv, kty, x })).toString('base64url') !== kid);
  if (stray) {
    throw new Broken(`the key ${stray.kid} is not the one that its id stands for`);
  }
}

async function checkSignature({ payload, signature, format }: EvidenceBundle, keys: KeySet): Promise<string> {
  let kid = '';
  let statement: unknown;
  try {
    const verified = await compactVerify(
      signature,
      async (header) => {
        const jwk = keys.keys.find((key) => key.kid === header.kid);
        if (!jwk || header['typ'] !== SIGNATURE_TYPE) {
          throw new Broken(`the signature was made with the key ${String(header.kid)}, which is not among the trusted ones`);
        }
        kid = jwk.kid;
        return await importJWK(jwk, 'EdDSA');
      },
      { algorithms: ['EdDSA'] },
    );
    statement = JSON.parse(new TextDecoder().decode(verified.payload));
  } catch (error) {
    throw error instanceof Broken ? error : new Broken(`the signature does not hold: ${messageOf(error)}`);
  }
  const signed = statementSchema.safeParse(statement);
  const expected = { format, head: payload.head, payloadSha256: digestOf(canonicalJson(payload)).toString('hex') };
  if (!signed.success || canonicalJson(signed.data) !== canonicalJson(expected)) {
    throw new Broken('the signature is genuine but belongs to other content: something in the bundle was changed');
  }
  return kid;
}
