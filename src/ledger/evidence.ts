import { type Database, inSnapshot, type Tx } from '../database/database.ts';
import { BUNDLE_FORMAT, type BundlePayload, type EvidenceBundle, payloadSchema } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { digestOf, type Head } from './chain.ts';
import type { Ledger } from './ledger.ts';
import type { Signer } from './signer.ts';
import { readCaseEntries, readChainFrom } from './store.ts';

export interface EvidenceNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
}

export interface EvidenceSubject {
  /** The case as the operator API shows it. */
  readonly case: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly person: { readonly email: string; readonly name: string | null; readonly salt: string };
}

/**
 * Makes the signed bundle of a case: its entries, the chain that holds them, and the head that is signed with them.
 *
 * @param read reads the case within the given snapshot, so that case and entries are of one moment; null when there is no such case
 */
export async function exportEvidence(
  { db, ledger, signer }: EvidenceNeeds,
  read: (tx: Tx) => Promise<EvidenceSubject | null>,
): Promise<EvidenceBundle | null> {
  for (;;) {
    await ledger.seal();
    const payload = await inSnapshot(db, async (tx) => {
      const subject = await read(tx);
      return subject && (await collect(tx, subject));
    });
    // Something was recorded between sealing and reading: its entry has no place yet, so both are done again.
    if (payload !== 'not-sealed') {
      return (
        payload && {
          format: BUNDLE_FORMAT,
          payload,
          signature: await signer.sign(statementOf(payload)),
          keys: { keys: await signer.publicKeys() },
        }
      );
    }
  }
}

async function collect(tx: Tx, subject: EvidenceSubject): Promise<BundlePayload | 'not-sealed'> {
  const stored = await readCaseEntries(tx.sql, subject.case.id);
  const entries = stored.flatMap(({ seq, entry }) => (seq === null ? [] : [{ seq, entry }])).sort((a, b) => a.seq - b.seq);
  const [first] = entries;
  if (!first || entries.length < stored.length) {
    return 'not-sealed';
  }
  const { before, links } = await readChainFrom(tx.sql, first.seq);
  return payloadSchema.parse({
    madeAt: tx.now.toISOString(),
    case: subject.case,
    person: subject.person,
    entries,
    chain: { before: printHead(before), digests: links.map((link) => link.digest.toString('hex')) },
    head: printHead(links.at(-1) ?? before),
  });
}

function statementOf(payload: BundlePayload): string {
  return canonicalJson({ format: BUNDLE_FORMAT, head: payload.head, payloadSha256: digestOf(canonicalJson(payload)).toString('hex') });
}

export function printHead(head: Head): { seq: number; hash: string } {
  return { seq: head.seq, hash: head.hash.toString('hex') };
}
