import type { z } from 'zod';
import { messageOf } from '../kernel/errors.ts';
import {
  BUNDLE_FORMAT,
  type BundlePayload,
  bundleSchema,
  type EvidenceBundle,
  type KeySet,
  type ProvenEntry,
  statementSchema,
} from './bundle.ts';
import { canonicalJson } from './canonical.ts';
import { type Checkpoint, headOf } from './checkpoint.ts';
import { commitTo, commitToPersonal } from './commitment.ts';
import { commitmentOf } from './entry.ts';
import { statementOf } from './evidence-statement.ts';
import { isIncluded } from './proof.ts';
import { checkSignature } from './signature.ts';
import { EVIDENCE_TYPE } from './signature-type.ts';
import { leafHash } from './tree.ts';
import { Broken, checkCheckpoint, checkContinues, checkKeys, type KeptCheckpoint, readFile } from './verify-checkpoint.ts';

export type Verdict =
  | {
      readonly ok: true;
      readonly kid: string;
      readonly entries: number;
      readonly payload: BundlePayload;
      readonly checkpoint: Checkpoint;
    }
  | { readonly ok: false; readonly problem: string };

/**
 * Checks an evidence bundle with nothing but its bytes: shape, signatures, that no entry is missing, every entry's way to the checkpoint, what is set
 * apart from the entries, the person's commitment, that the shown case says what the entries say, and that all of it is what was signed. The first
 * thing that is wrong is named; it never throws.
 *
 * @param text the bundle as it was downloaded
 * @param trusted the keys to accept; without them the bundle's own keys are used, which proves integrity but not origin
 * @param kept an earlier checkpoint, which the ledger of the bundle must continue
 */
export async function verifyEvidence(text: string, trusted?: KeySet, kept?: KeptCheckpoint): Promise<Verdict> {
  try {
    const bundle = readFile(text, bundleSchema, 'an evidence bundle');
    const { payload, keys } = bundle;
    const { checkpoint, kid: sealedWith } = await checkCheckpoint(payload.checkpoint, trusted ?? keys);
    const { statement, kid } = await checkStatement(bundle, trusted ?? keys);
    checkComplete(payload, statement);
    checkEntries(payload, checkpoint);
    checkApart(payload);
    checkPerson(payload);
    checkCase(payload);
    if (canonicalJson(statementOf(payload)) !== canonicalJson(statement)) {
      throw new Broken('the signature is genuine but belongs to other content: something in the bundle was changed');
    }
    checkKeys(keys, [kid, sealedWith]);
    checkContinues(kept, checkpoint, payload.consistency);
    return { ok: true, kid, entries: payload.entries.length, payload, checkpoint };
  } catch (error) {
    // Whatever stops the check (a number beyond all bounds, a text that is no Unicode) is one more reason not to believe the file.
    return { ok: false, problem: error instanceof Broken ? error.message : `the file cannot be checked: ${messageOf(error)}` };
  }
}

type Statement = z.infer<typeof statementSchema>;

async function checkStatement({ signature }: EvidenceBundle, keys: KeySet): Promise<{ statement: Statement; kid: string }> {
  const checked = await checkSignature('the signature', signature, EVIDENCE_TYPE, keys);
  if (!checked.ok) {
    throw new Broken(checked.problem);
  }
  const parsed = statementSchema.safeParse(JSON.parse(checked.text));
  if (!parsed.success || canonicalJson(parsed.data) !== checked.text) {
    throw new Broken(`the signature is genuine but not over a statement of ${BUNDLE_FORMAT}`);
  }
  return { statement: parsed.data, kid: checked.kid };
}

function checkComplete({ entries }: BundlePayload, statement: Statement): void {
  const present = new Set(entries.map(({ seq }) => seq));
  const signed = new Set(statement.entries);
  const missing = statement.entries.find((seq) => !present.has(seq));
  const added = entries.find(({ seq }) => !signed.has(seq));
  if (added) {
    throw new Broken(`${nameOf(added)} was not there when the bundle was signed`);
  }
  if (missing !== undefined) {
    throw new Broken(`entry ${missing} is missing: it was there when the bundle was signed`);
  }
}

function checkEntries({ entries, case: shown }: BundlePayload, checkpoint: Checkpoint): void {
  let last = 0;
  for (const { seq, entry, proof } of entries) {
    const name = nameOf({ seq, entry });
    if (seq <= last) {
      throw new Broken(`${name} does not come after the one before it, which is entry ${last}`);
    }
    if (entry.caseId !== shown.id) {
      throw new Broken(`${name} belongs to another case`);
    }
    if (!isIncluded(leafHash(canonicalJson(entry)), seq - 1, proof, headOf(checkpoint))) {
      throw new Broken(`${name} is not what was recorded: its proof does not lead from its content to the ledger's checkpoint`);
    }
    last = seq;
  }
}

/** What was set apart is there whole, or the ledger says that it was erased. */
function checkApart({ entries }: BundlePayload): void {
  const erasedAt = entries.findLast(({ entry }) => entry.kind === 'case.erased')?.seq ?? 0;
  for (const { seq, entry, personal } of entries) {
    const commitment = commitmentOf(entry);
    if (personal === null ? commitment !== null && seq > erasedAt : commitToPersonal(personal) !== commitment) {
      const wrong = personal === null ? 'is missing, and no later entry says that it was erased' : 'is not what the entry commits to';
      throw new Broken(`${nameOf({ seq, entry })}: what was set apart from it ${wrong}`);
    }
  }
}

function checkPerson({ entries, person }: BundlePayload): void {
  const opened = entries.find(({ entry }) => entry.kind === 'case.opened');
  if (!opened) {
    throw new Broken('the entry that opened the case is missing');
  }
  if (person === null) {
    if (!entries.some(({ entry }) => entry.kind === 'case.erased')) {
      throw new Broken('no person is named, and no entry says that the person was erased');
    }
  } else if (opened.entry.data['person'] !== commitTo(person.salt, person.email)) {
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

function nameOf({ seq, entry }: Pick<ProvenEntry, 'seq' | 'entry'>): string {
  return `entry ${seq} (${entry.kind}, ${entry.at})`;
}
