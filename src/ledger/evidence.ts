import { type Database, inSnapshot, type Tx } from '../database/database.ts';
import { BUNDLE_FORMAT, type BundlePayload, type EvidenceBundle, type ProvenEntry, type PublicKey, payloadSchema } from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { statementOf } from './evidence-statement.ts';
import type { Ledger } from './ledger.ts';
import { inclusionRanges, proofOf } from './proof.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import { EVIDENCE_TYPE } from './signature-type.ts';
import type { Signer } from './signer.ts';
import { readCaseEntries, type StoredEntry } from './store.ts';
import { readProofNodes } from './tree-store.ts';

export interface EvidenceNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
}

export interface EvidenceSubject {
  /** The case as the operator API shows it. */
  readonly case: Readonly<Record<string, unknown>> & { readonly id: string };
  /** Null when the person was erased. */
  readonly person: { readonly email: string; readonly name: string | null; readonly salt: string } | null;
}

/**
 * Makes the signed bundle of a case: its entries, the proof of each that it is in the ledger, and the checkpoint that they lead to.
 *
 * @param read reads the case within the given snapshot, so that case and entries are of one moment; null when there is no such case
 * @param from the size of an earlier checkpoint, which the bundle's own is to be proven to continue
 */
export async function exportEvidence(
  { db, ledger, signer }: EvidenceNeeds,
  read: (tx: Tx) => Promise<EvidenceSubject | null>,
  from: number | null = null,
): Promise<EvidenceBundle | null> {
  for (;;) {
    await ledger.seal();
    const collected = await inSnapshot(db, async (tx) => {
      const subject = await read(tx);
      return subject && (await collect(tx, signer, subject, from));
    });
    // Something was recorded between sealing and reading: its entry has no place yet, so both are done again.
    if (collected !== 'not-sealed') {
      return collected && (await signBundle(signer, collected));
    }
  }
}

interface Collected {
  readonly payload: BundlePayload;
  /** What verifies its checkpoint. */
  readonly key: PublicKey;
}

async function collect(tx: Tx, signer: Signer, subject: EvidenceSubject, from: number | null): Promise<Collected | 'not-sealed'> {
  const stored = await readCaseEntries(tx.sql, subject.case.id);
  const placed = stored.flatMap((one) => (one.seq === null ? [] : [{ ...one, seq: one.seq }]));
  if (placed.length === 0 || placed.length < stored.length) {
    return 'not-sealed';
  }
  const { statement, signed, consistency } = await signCheckpoint(tx, signer, from);
  const payload = payloadSchema.parse({
    madeAt: tx.now.toISOString(),
    case: subject.case,
    person: subject.person,
    entries: await prove(tx, placed, statement.size),
    checkpoint: signed.jws,
    consistency,
  });
  return { payload, key: signed.key };
}

type Placed = StoredEntry & { readonly seq: number };

async function prove(tx: Tx, placed: readonly Placed[], size: number): Promise<ProvenEntry[]> {
  const ways = placed.toSorted((a, b) => a.seq - b.seq).map((one) => ({ one, ranges: inclusionRanges(one.seq - 1, size) }));
  const hashAt = await readProofNodes(
    tx.sql,
    ways.flatMap(({ ranges }) => ranges),
  );
  return ways.map(({ one: { seq, entry, personal }, ranges }) => ({ seq, entry, personal, proof: proofOf(ranges, hashAt) }));
}

async function signBundle(signer: Signer, { payload, key }: Collected): Promise<EvidenceBundle> {
  const signed = await signer.sign(canonicalJson(statementOf(payload)), EVIDENCE_TYPE);
  const keys = signed.key.kid === key.kid ? [key] : [signed.key, key];
  return { format: BUNDLE_FORMAT, payload, signature: signed.jws, keys: { keys } };
}
