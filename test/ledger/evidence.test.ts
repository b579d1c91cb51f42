import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import type { EvidenceBundle, KeySet } from '../../src/ledger/bundle.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { exportEvidence } from '../../src/ledger/evidence.ts';
import { statementOf } from '../../src/ledger/evidence-statement.ts';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { everyChange } from './support/changes.ts';
import { exported, recordCase } from './support/evidence.ts';
import { append, numbered } from './support/ledger.ts';

/** Fails with the change that was not found. */
async function refuse(text: string, what: string, trusted?: KeySet): Promise<string> {
  const verdict = await verifyEvidence(text, trusted);
  assert.ok(!verdict.ok, `this went unnoticed: ${what}`);
  assert.notEqual(verdict.problem, '');
  return verdict.problem;
}

suite('an evidence bundle', () => {
  test('verifies by itself, and with the keys of whoever made it', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const text = JSON.stringify(bundle);
    for (const keys of [undefined, { keys: await signer.publicKeys() }]) {
      const verdict = await verifyEvidence(text, keys);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.deepEqual([verdict.kid, verdict.entries], [signer.kid, 8]);
    }
  });

  test('verifies whatever the white space of its text and the order of its members', async (t) => {
    const { bundle } = await recordCase(t);
    const { keys, signature, payload, format } = bundle;
    assert.ok((await verifyEvidence(JSON.stringify({ keys, signature, payload, format }, null, 2))).ok);
  });

  test('holds no entry of another case, and of the ledger around them a few hashes only', async (t) => {
    const { bundle, subject } = await recordCase(t);
    const { entries } = bundle.payload;
    assert.ok(entries.every(({ entry }) => entry.caseId === subject.case.id));
    assert.deepEqual(
      entries.map(({ seq, proof }) => [seq, proof.length]),
      [3, 4, 6, 8, 10, 11, 12, 13].map((seq) => [seq, 4]),
    );
  });

  test('made later than another proves that its ledger goes on where that one ended', async (t) => {
    const recorded = await recordCase(t);
    const first = await verifyEvidence(JSON.stringify(recorded.bundle));
    assert.ok(first.ok);
    await append(recorded, numbered(8));
    const second = await exported(recorded, recorded.subject, first.checkpoint.size);
    const verdict = await verifyEvidence(JSON.stringify(second), undefined, first.checkpoint);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.deepEqual([first.checkpoint.size, verdict.checkpoint.size, verdict.checkpoint.log], [15, 16, first.checkpoint.log]);
  });

  test('takes in what is recorded while it is made', async (t) => {
    const recorded = await recordCase(t);
    const late = { kind: 'case.retried' as const, caseId: recorded.subject.case.id, data: { by: 'it-desk' } };
    let reads = 0;
    const bundle = await exportEvidence(recorded, async () => {
      reads += 1;
      return recorded.subject;
    });
    assert.equal(reads, 1);
    const stale = await exportEvidence(
      {
        ...recorded,
        ledger: {
          ...recorded.ledger,
          seal: async () => {
            const head = await recorded.ledger.seal();
            if (reads === 1) {
              await append(recorded, late);
            }
            return head;
          },
        },
      },
      async () => {
        reads += 1;
        return recorded.subject;
      },
    );
    assert.deepEqual([reads, stale?.payload.entries.length], [3, (bundle?.payload.entries.length ?? 0) + 1]);
    assert.ok((await verifyEvidence(JSON.stringify(stale))).ok);
  });

  test('is not made of a case that is not there', async (t) => {
    const recorded = await recordCase(t);
    assert.equal(await exportEvidence(recorded, async () => null), null);
  });

  test('stays valid when the key has been rotated, and the next one is signed with the new key', async (t) => {
    const recorded = await recordCase(t);
    const { bundle, signer } = recorded;
    await signer.rotate((tx, rotation) => recorded.ledger.append(tx, [{ kind: 'key.rotated', caseId: null, data: { ...rotation } }]));
    const next = await exported(recorded, recorded.subject);
    const keys = { keys: await signer.publicKeys() };
    const kids = await Promise.all(
      [bundle, next].map(async (one) => {
        const verdict = await verifyEvidence(JSON.stringify(one), keys);
        return verdict.ok ? verdict.kid : verdict.problem;
      }),
    );
    assert.deepEqual(kids, keys.keys.map(({ kid }) => kid).toReversed());
    assert.notEqual(kids[0], kids[1]);
  });
});

suite('in an evidence bundle', () => {
  test('no value can be changed, left out, doubled or swapped unnoticed', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const text = JSON.stringify(bundle);
    const trusted = { keys: await signer.publicKeys() };
    let changes = 0;
    for (const { what, text: changed } of everyChange(text)) {
      // With keys of one's own, those in the bundle are not asked.
      await refuse(changed, what, what.startsWith('keys') ? undefined : trusted);
      changes += 1;
    }
    assert.ok(changes > 1_000, `only ${changes} changes were tried`);
  });

  test('nothing can be added unnoticed', async (t) => {
    const { bundle } = await recordCase(t);
    const text = JSON.stringify(bundle);
    for (const member of ['"more":1', '"__proto__":{"state":"completed"}', '"constructor":1']) {
      for (let place = text.indexOf('{'); place !== -1; place = text.indexOf('{', place + 1)) {
        const added = `${text.slice(0, place + 1)}${member}${text[place + 1] === '}' ? '' : ','}${text.slice(place + 1)}`;
        await refuse(added, `${member} at ${place}`);
      }
    }
  });

  const UNREADABLE: Readonly<Record<string, (text: string) => string>> = {
    'nothing at all': () => '',
    'no JSON': (text) => text.slice(0, -1),
    'two bundles': (text) => text + text,
    'a list': (text) => `[${text}]`,
    'a number beyond all bounds': (text) => text.replace('"attempts":1', '"attempts":1e999'),
    'half of a surrogate pair': (text) => text.replace('files: it refuses', '\\ud800'),
    'lists within lists without end': (text) => text.replace('"signals":[]', `"signals":${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    'a position beyond the integers': (text) => text.replace('"seq":3', '"seq":9007199254740993'),
  };
  for (const [what, change] of Object.entries(UNREADABLE)) {
    test(`${what} is answered and never thrown`, async (t) => {
      const text = JSON.stringify((await recordCase(t)).bundle);
      assert.notEqual(change(text), text);
      await refuse(change(text), what);
    });
  }
});

interface StrangersKey {
  readonly jwk: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string; readonly kid: string };
  sign(payload: unknown, typ?: string): Promise<string>;
  /** A bundle of this payload, all of it signed with this key. */
  forge(payload: EvidenceBundle['payload']): Promise<EvidenceBundle>;
}

async function strangersKey(): Promise<StrangersKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const bare = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const kid = await calculateJwkThumbprint(bare);
  const sign = async (payload: unknown, typ = 'leaver-evidence+jws'): Promise<string> =>
    await new CompactSign(new TextEncoder().encode(canonicalJson(payload))).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(privateKey);
  return {
    jwk: { ...bare, kid },
    sign,
    forge: async (genuine) => {
      const payload = { ...genuine, checkpoint: await sign(saidIn(genuine.checkpoint), 'leaver-checkpoint+jws') };
      const keys = { keys: [{ ...bare, kid, alg: 'EdDSA', use: 'sig' } as const] };
      return { format: 'leaver-evidence/2', payload, signature: await sign(statementOf(payload)), keys };
    },
  };
}

function saidIn(jws: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

suite('a signature', () => {
  test('by another key is refused by whoever brings the right keys, and only by them', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const stranger = await strangersKey();
    const forged = await stranger.forge(bundle.payload);
    assert.ok((await verifyEvidence(JSON.stringify(forged))).ok, 'a bundle vouches for its own integrity, not for its origin');
    const problem = await refuse(JSON.stringify(forged), 'a forged bundle', { keys: await signer.publicKeys() });
    assert.ok(problem.includes(stranger.jwk.kid) && problem.includes('not among the trusted ones'));
  });

  test('is refused when the trusted keys are empty, or hold another key under its id', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const { jwk } = await strangersKey();
    for (const keys of [[], [{ ...jwk, kid: signer.kid }], [{ ...jwk, kid: signer.kid, x: 'no key' }]]) {
      await refuse(JSON.stringify(bundle), 'a foreign key', { keys });
    }
  });

  test('of another bundle of the same key is refused', async (t) => {
    const recorded = await recordCase(t);
    await append(recorded, numbered(8));
    const { signature } = await exported(recorded, recorded.subject);
    assert.match(await refuse(JSON.stringify({ ...recorded.bundle, signature }), 'a foreign signature'), /belongs to other content/);
  });

  test('made for something else by the same key is refused', async (t) => {
    const { bundle } = await recordCase(t);
    const stranger = await strangersKey();
    const forged = await stranger.forge(bundle.payload);
    await refuse(JSON.stringify({ ...forged, signature: forged.payload.checkpoint }), 'a checkpoint for a bundle');
    const otherType = await stranger.sign(statementOf(forged.payload), 'JWT');
    assert.match(await refuse(JSON.stringify({ ...forged, signature: otherType }), 'another type'), /made for another purpose \(JWT\)/);
    const payload = { ...forged.payload, checkpoint: forged.signature };
    await refuse(JSON.stringify({ ...forged, payload }), 'a bundle for a checkpoint');
  });

  test('without an algorithm, or with one made of the public key, is refused', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const payload = Buffer.from(canonicalJson(statementOf(bundle.payload))).toString('base64url');
    for (const alg of ['none', 'HS256']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: signer.kid, typ: 'leaver-evidence+jws' })).toString('base64url');
      await refuse(JSON.stringify({ ...bundle, signature: `${header}.${payload}.` }), alg);
    }
  });
});

suite('a bundle that is signed and says something else than its entries is refused', () => {
  type Payload = EvidenceBundle['payload'];
  const LIES: Readonly<Record<string, readonly [lie: (payload: Payload) => Payload, problem: RegExp]>> = {
    'a person who is somebody else': [
      (payload) => ({ ...payload, person: payload.person && { ...payload.person, email: 'other@acme.example' } }),
      /was not opened for other@acme.example: entry 3/,
    ],
    'nobody, though nobody was erased': [(payload) => ({ ...payload, person: null }), /no entry says that the person was erased/],
    'a state that was not recorded': [
      (payload) => ({ ...payload, case: { ...payload.case, state: 'completed' } }),
      /shown as completed, but entry 13 says attention/,
    ],
    'a step that is called verified and was only acknowledged': [
      (payload) => ({
        ...payload,
        case: { ...payload.case, steps: payload.case.steps.map((step) => ({ ...step, state: 'done', outcome: 'verified' })) },
      }),
      /is shown as verified, but no entry says so/,
    ],
    'another case': [
      (payload) => ({ ...payload, case: { ...payload.case, id: '00000000-0000-4000-8000-000000000000' } }),
      /^entry 3 .* belongs to another case/,
    ],
    'an opening that is missing': [(payload) => ({ ...payload, entries: payload.entries.slice(1) }), /that opened the case is missing/],
    'an entry that stands there twice': [
      (payload) => ({ ...payload, entries: payload.entries.flatMap((entry) => [entry, entry]) }),
      /^entry 3 .* does not come after the one before it/,
    ],
    'entries in another order': [
      (payload) => ({ ...payload, entries: payload.entries.toReversed() }),
      /^entry 12 .* does not come after the one before it/,
    ],
    'an entry with other words': [
      (payload) => ({
        ...payload,
        entries: payload.entries.map((one, at) => (at === 4 ? { ...one, entry: { ...one.entry, data: {} } } : one)),
      }),
      /^entry 10 .* is not what was recorded/,
    ],
    'an entry in another place': [
      (payload) => ({ ...payload, entries: payload.entries.map((one) => (one.seq === 6 ? { ...one, seq: 7 } : one)) }),
      /^entry 7 .* is not what was recorded/,
    ],
    'other words than those that were set apart': [
      (payload) => ({
        ...payload,
        entries: payload.entries.map((one) => (one.personal ? { ...one, personal: { ...one.personal, data: { name: 'Eve' } } } : one)),
      }),
      /^entry 4 .* is not what the entry commits to/,
    ],
    'nothing of what was set apart, though nobody was erased': [
      (payload) => ({ ...payload, entries: payload.entries.map((one) => ({ ...one, personal: null })) }),
      /^entry 4 .* is missing, and no later entry says that it was erased/,
    ],
  };
  for (const [what, [lie, problem]] of Object.entries(LIES)) {
    test(what, async (t) => {
      const { bundle } = await recordCase(t);
      const forged = await (await strangersKey()).forge(lie(bundle.payload));
      assert.match(await refuse(JSON.stringify(forged), what), problem);
    });
  }

  test('an entry that is left out is named, where the signature is not made anew', async (t) => {
    const { bundle } = await recordCase(t);
    for (const [index, { seq }] of bundle.payload.entries.entries()) {
      const payload = { ...bundle.payload, entries: bundle.payload.entries.toSpliced(index, 1) };
      assert.match(await refuse(JSON.stringify({ ...bundle, payload }), 'left out'), new RegExp(`^entry ${seq} is missing`));
    }
  });
});
