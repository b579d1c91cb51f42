/**
 * Makes the published test vectors: `node test/ledger/vectors/make.ts` writes them anew, and a test says when they differ from what this makes. All
 * of it is fixed: the key is the one of RFC 8037, appendix A, and Ed25519 has no chance in it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CompactSign, calculateJwkThumbprint, importJWK } from 'jose';
import type { BundlePayload, ProvenEntry } from '../../../src/ledger/bundle.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import { checkpointOf, printCheckpoint } from '../../../src/ledger/checkpoint.ts';
import { commitTo } from '../../../src/ledger/commitment.ts';
import { type NewEntry, type Stamped, stampEntry } from '../../../src/ledger/entry.ts';
import { statementOf } from '../../../src/ledger/evidence-statement.ts';
import { consistencyRanges, inclusionRanges, proofOf } from '../../../src/ledger/proof.ts';
import { CHECKPOINT_TYPE, EVIDENCE_TYPE, type SignatureType } from '../../../src/ledger/signature-type.ts';
import { growTree, leafHash } from '../../../src/ledger/tree.ts';

const FOLDER = import.meta.dirname;
const LOG = '5f2b1c1e-7d0a-4c55-9d3e-0c8a4f6e2b11';
const CASE = 'c0ffee00-0000-4000-8000-000000000001';
const OTHER = 'c0ffee00-0000-4000-8000-000000000002';
const STEP = 'c0ffee00-0000-4000-8000-0000000000aa';
const SALT = 'a5'.repeat(32);
const EMAIL = 'lea.ver@example.com';
const PRIVATE_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
};

const about = (caseId: string): ((kind: NewEntry['kind'], data: NewEntry['data'], personal?: NewEntry['personal']) => NewEntry) => {
  return (kind, data, personal) => ({ kind, caseId, data, personal });
};
const [mine, other] = [about(CASE), about(OTHER)];

const ENTRIES: readonly NewEntry[] = [
  other('case.opened', { person: commitTo('5a'.repeat(32), 'somebody.else@example.com'), playbook: 'contain', state: 'running' }),
  mine('case.opened', { person: commitTo(SALT, EMAIL), playbook: 'offboard', by: 'okta-main', state: 'running' }),
  mine('signal.recorded', { connection: 'okta-main', disposition: 'accepted', ratio: 0.5, ünïcode: '€' }, { id: '00u1', name: 'Léa Ver' }),
  other('case.state', { from: 'running', to: 'completed' }),
  mine('step.started', { step: STEP, target: 'fastio', action: 'suspend', epoch: 1 }),
  mine('step.finished', { step: STEP, target: 'fastio', action: 'suspend', epoch: 1, outcome: 'verified' }, { accountId: 'u-1' }),
  mine('case.state', { from: 'running', to: 'completed' }),
];
/** The earlier checkpoint that an auditor has kept. */
const KEPT = 4;

async function sign(text: string, typ: SignatureType): Promise<string> {
  const kid = await calculateJwkThumbprint(PRIVATE_KEY);
  const key = await importJWK(PRIVATE_KEY, 'EdDSA');
  return await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(key);
}

/** The vectors, by the name of their file. */
export async function makeVectors(): Promise<Readonly<Record<string, string>>> {
  const stamped = ENTRIES.map((entry, index) =>
    stampEntry(entry, new Date(Date.UTC(2026, 2, 2, 8, 0, index, 123)), () => String(index).repeat(64)),
  );
  const leaves = stamped.map(({ entry }) => leafHash(canonicalJson(entry)));
  const size = leaves.length;
  const { nodes } = growTree(0, [], leaves);
  const hashes = new Map(nodes.map(({ level, position, hash }) => [`${level}/${position}`, hash]));
  const hashAt = ({ level, position }: { level: number; position: number }): Buffer =>
    hashes.get(`${level}/${position}`) ?? Buffer.alloc(0);
  const headAt = (entries: number) => growTree(0, [], leaves.slice(0, entries)).head;

  const { d: _, ...publicHalf } = PRIVATE_KEY;
  const key = { ...publicHalf, kid: await calculateJwkThumbprint(PRIVATE_KEY), alg: 'EdDSA', use: 'sig' } as const;
  const checkpointAt = (entries: number) => checkpointOf(LOG, headAt(entries), new Date(Date.UTC(2026, 2, 2, 9, 0, entries)));
  const prove = ({ entry, personal }: Stamped, index: number): ProvenEntry[] =>
    entry.caseId === CASE ? [{ seq: index + 1, entry, personal, proof: proofOf(inclusionRanges(index, size), hashAt) }] : [];
  const consistency = { from: KEPT, proof: proofOf(consistencyRanges(KEPT, size), hashAt) };
  const payload: BundlePayload = {
    madeAt: '2026-03-02T09:00:07.000Z',
    case: { id: CASE, state: 'completed', steps: [{ id: STEP, state: 'done', outcome: 'verified' }] },
    person: { email: EMAIL, name: 'Léa Ver', salt: SALT },
    entries: stamped.flatMap(prove),
    checkpoint: await sign(printCheckpoint(checkpointAt(size)), CHECKPOINT_TYPE),
    consistency,
  };
  const bundle = {
    format: 'leaver-evidence/2',
    payload,
    signature: await sign(canonicalJson(statementOf(payload)), EVIDENCE_TYPE),
    keys: { keys: [key] },
  };
  const checkpointFile = async (entries: number, proven: typeof consistency | null) => ({
    checkpoint: await sign(printCheckpoint(checkpointAt(entries)), CHECKPOINT_TYPE),
    statement: checkpointAt(entries),
    consistency: proven,
    keys: { keys: [key] },
  });
  const hashing = {
    entries: stamped.map(({ entry, personal }, index) => ({
      entry,
      personal,
      canonical: canonicalJson(entry),
      leafHash: leaves[index]?.toString('hex'),
    })),
    roots: Array.from({ length: size + 1 }, (_, entries) => headAt(entries).root.toString('hex')),
    inclusion: sizes(1, size).flatMap((entries) =>
      sizes(1, entries).map((seq) => ({ seq, size: entries, proof: proofOf(inclusionRanges(seq - 1, entries), hashAt) })),
    ),
    consistency: sizes(1, size).flatMap((entries) =>
      sizes(1, entries).map((from) => ({ from, size: entries, proof: proofOf(consistencyRanges(from, entries), hashAt) })),
    ),
    commitment: { salt: SALT, email: 'Lea.Ver@Example.com', commitment: commitTo(SALT, EMAIL) },
  };
  return {
    'hashing.json': print(hashing),
    'evidence.json': print(bundle),
    'checkpoint-earlier.json': print(await checkpointFile(KEPT, null)),
    'checkpoint.json': print(await checkpointFile(size, consistency)),
    'jwks.json': print({ keys: [key] }),
  };
}

function sizes(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await makeVectors())) {
    await writeFile(path.join(FOLDER, name), text);
  }
}
