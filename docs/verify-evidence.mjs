#!/usr/bin/env node
// An auditor's check of Leaver's evidence, written from docs/ledger-format.md alone, with nothing but node:crypto.
//
//   node verify-evidence.mjs evidence.json [--key jwks.json] [--checkpoint earlier.json]
// Exits 0 when all holds, 4, naming what is wrong first, when not, and 2 when no file is named. Take --key from /.well-known/jwks.json of the service, not from the evidence.
import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
export const leafHash = (text) => sha256(Buffer.of(0), text);
const node = (left, right) => sha256(Buffer.of(1), left, right);
const bytes = (hex) => Buffer.from(hex, 'hex');

function insist(holds, problem) {
  if (!holds) throw new Error(problem);
}

/** RFC 8785: members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript prints them. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
    .join(',')}}`;
}

const same = (a, b) => canonical(a) === canonical(b);

/** The largest power of two below n: where RFC 9162 splits a tree. */
const split = (n) => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

/** RFC 9162, section 2.1.3: the root to which a proof leads from the leaf in place `index` (from 0) of `size`. */
export function rootByInclusion(leaf, index, size, proof) {
  insist(index < size && (size > 1 || proof.length === 0), 'the proof has another length than the way');
  if (size === 1) return leaf;
  const rest = proof.slice(0, -1);
  const last = bytes(proof.at(-1) ?? '');
  const k = split(size);
  return index < k ? node(rootByInclusion(leaf, index, k, rest), last) : node(last, rootByInclusion(leaf, index - k, size - k, rest));
}

/** RFC 9162, section 2.1.4: the roots of the older and of the newer tree to which a proof leads. */
export function rootsByConsistency(older, from, size, proof, isWhole = true) {
  if (from === size) {
    insist(proof.length === (isWhole ? 0 : 1), 'the proof has another length than the way');
    const hash = isWhole ? older : bytes(proof[0]);
    return [hash, hash];
  }
  const rest = proof.slice(0, -1);
  const last = bytes(proof.at(-1) ?? '');
  const k = split(size);
  if (from <= k) {
    const [was, is] = rootsByConsistency(older, from, k, rest, isWhole);
    return [was, node(is, last)];
  }
  const [was, is] = rootsByConsistency(older, from - k, size - k, rest, false);
  return [node(last, was), node(last, is)];
}

/** A compact JWS (RFC 7515) with Ed25519: what it says, when it was made for this purpose with one of the keys. */
function openJws(jws, typ, keys) {
  const [header, payload, signature, ...more] = jws.split('.');
  const decode = (part = '') => Buffer.from(part, 'base64url');
  insist(!more.length && [header, payload, signature].every((part) => part && decode(part).toString('base64url') === part), 'not a compact JWS');
  const { alg, kid, typ: purpose } = JSON.parse(decode(header));
  const { kty, crv, x } = keys.find((key) => key.kid === kid) ?? {};
  insist(x && alg === 'EdDSA' && purpose === typ, `a signature (${purpose}, key ${kid}) is not one for ${typ} with a known key`);
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  insist(verify(null, Buffer.from(`${header}.${payload}`), key, decode(signature)), `the signature of the ${typ} does not hold`);
  const said = JSON.parse(decode(payload));
  insist(canonical(said) === decode(payload).toString(), `what the ${typ} says is not canonical JSON`);
  return { said, kid };
}

function checkEntry({ seq, entry, personal, proof }, last, caseId, checkpoint, erasedAt) {
  const name = `entry ${seq} (${entry.kind}, ${entry.at})`;
  insist(seq > last, `${name} does not come after the one before it`);
  insist(entry.caseId === caseId, `${name} belongs to another case`);
  const root = seq <= checkpoint.size && rootByInclusion(leafHash(canonical(entry)), seq - 1, checkpoint.size, proof);
  insist(root && root.equals(bytes(checkpoint.root)), `${name} is not what was recorded`);
  const commitment = personal && sha256(bytes(personal.salt), canonical(personal.data)).toString('hex');
  insist(commitment === (entry.personal ?? null) || (!personal && seq < erasedAt), `${name}: what is set apart is not what it commits to`);
}

function checkCase({ case: shown, person, entries }) {
  const opened = entries.find(({ entry }) => entry.kind === 'case.opened')?.entry.data;
  insist(opened, 'the entry that opened the case is missing');
  const commitment = person && sha256(bytes(person.salt), person.email.toLowerCase()).toString('hex');
  insist(person ? commitment === opened.person : entries.some(({ entry }) => entry.kind === 'case.erased'), 'the case is about somebody else');
  const steps = entries.filter(({ entry }) => entry.kind === 'step.finished').map(({ entry }) => entry.data);
  for (const { id, state, outcome } of shown.steps) {
    insist(state !== 'done' || steps.findLast(({ step }) => step === id)?.outcome === outcome, `no entry says that step ${id} is ${outcome}`);
  }
  const state = entries.findLast(({ entry }) => entry.kind === 'case.state')?.entry.data.to ?? opened.state;
  insist(state === shown.state, `the entries say that the case is ${state}`);
}

/** Checks a parsed bundle; `trusted` and `earlier` (a parsed checkpoint file) may be left out. Throws what is wrong first. */
export function verifyEvidence({ format, payload, signature, keys, ...more }, trusted = keys, earlier = undefined) {
  insist(format === 'leaver-evidence/2' && Object.keys(more).length === 0, 'not evidence of format 2');
  const members = ['case', 'checkpoint', 'consistency', 'entries', 'madeAt', 'person'];
  insist(same(Object.keys(payload).sort(), members), `the payload has other members than ${members}`);
  const { said: checkpoint, kid: sealedWith } = openJws(payload.checkpoint, 'leaver-checkpoint+jws', trusted.keys);
  const { said: signed, kid } = openJws(signature, 'leaver-evidence+jws', trusted.keys);
  insist(checkpoint.format === 'leaver-checkpoint/1', 'the checkpoint is of another format');
  const gone = signed.entries.find((seq) => !payload.entries.some((one) => one.seq === seq));
  insist(gone === undefined, `entry ${gone} is missing`);
  const erasedAt = payload.entries.findLast(({ entry }) => entry.kind === 'case.erased')?.seq ?? 0;
  payload.entries.forEach((one, index) => checkEntry(one, payload.entries[index - 1]?.seq ?? 0, payload.case.id, checkpoint, erasedAt));
  checkCase(payload);
  const statement = { format, entries: payload.entries.map(({ seq }) => seq), payloadSha256: sha256(canonical(payload)).toString('hex') };
  insist(same(signed, statement), 'something in the bundle was changed');
  const ids = keys.keys.map(({ kty, crv, x }) => sha256(canonical({ crv, kty, x })).toString('base64url'));
  insist(same(ids.sort(), [...new Set([kid, sealedWith])].sort()) && keys.keys.every((key) => ids.includes(key.kid)), 'other keys than those used');
  if (earlier) checkContinues(openJws(earlier.checkpoint, 'leaver-checkpoint+jws', trusted.keys).said, checkpoint, payload.consistency);
  return { checkpoint, kid };
}

/** That the ledger of a checkpoint begins with the whole ledger of an earlier one. */
export function checkContinues(earlier, checkpoint, consistency) {
  insist(earlier.log === checkpoint.log, 'it comes from another ledger than the earlier checkpoint');
  insist(earlier.size <= checkpoint.size, `the ledger had ${earlier.size} entries before and has ${checkpoint.size}: it was cut off`);
  insist(earlier.size === checkpoint.size || consistency?.from === earlier.size, 'there is no proof that it continues the earlier checkpoint');
  const proof = earlier.size === checkpoint.size ? [] : consistency.proof;
  if (earlier.size === 0) return;
  const [was, is] = rootsByConsistency(bytes(earlier.root), earlier.size, checkpoint.size, proof);
  insist(was.equals(bytes(earlier.root)) && is.equals(bytes(checkpoint.root)), 'the ledger is not the one of the earlier checkpoint');
}

if (process.argv[1] === import.meta.filename) {
  const [, , file, ...options] = process.argv;
  const read = async (name) => name && (await import(new URL(name, `file://${process.cwd()}/`), { with: { type: 'json' } })).default;
  if (!file || file.startsWith('-')) {
    console.error('Usage: node verify-evidence.mjs evidence.json [--key jwks.json] [--checkpoint earlier.json]');
    process.exit(2);
  }
  const optional = async (option) => (options.includes(option) ? await read(options[options.indexOf(option) + 1]) : undefined);
  try {
    const { checkpoint, kid } = verifyEvidence(await read(file), await optional('--key'), await optional('--checkpoint'));
    console.log(`All holds: ledger ${checkpoint.log} of ${checkpoint.size} entries at ${checkpoint.time}, key ${kid}.`);
  } catch (error) {
    console.error(`It does not verify: ${error.message}`);
    process.exitCode = 4;
  }
}
