import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import type { EvidenceBundle, KeySet } from '../../src/ledger/bundle.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { digestOf } from '../../src/ledger/chain.ts';
import { exportEvidence } from '../../src/ledger/evidence.ts';
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

  test('holds no entry of another case, and the chain around its own', async (t) => {
    const { bundle, subject } = await recordCase(t);
    const { entries, chain, head } = bundle.payload;
    assert.ok(entries.every(({ entry }) => entry.caseId === subject.case.id));
    assert.deepEqual([chain.before.seq, entries[0]?.seq, head.seq, chain.digests.length], [2, 3, 15, 13]);
  });

  test('made later than another goes on where that one ended', async (t) => {
    const recorded = await recordCase(t);
    await append(recorded, numbered(8));
    const second = await exported(recorded, recorded.subject);
    assert.ok((await verifyEvidence(JSON.stringify(second))).ok);
    assert.deepEqual(second.payload.chain.digests.slice(0, 13), recorded.bundle.payload.chain.digests);
    assert.equal(second.payload.head.seq, 16);
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

  test('stays valid when the key has been replaced', async (t) => {
    const { bundle, signer, db } = await recordCase(t);
    const stranger = await strangersKey();
    await db
      .insertInto('signing_key')
      .values({ kid: stranger.jwk.kid, jwk: JSON.stringify({ ...stranger.jwk, alg: 'EdDSA', use: 'sig' }) })
      .execute();
    assert.ok((await verifyEvidence(JSON.stringify(bundle), { keys: await signer.publicKeys() })).ok);
  });
});

suite('in an evidence bundle', () => {
  test('no value can be changed, left out, doubled or swapped unnoticed', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const text = JSON.stringify(bundle);
    const trusted = { keys: await signer.publicKeys() };
    let changes = 0;
    for (const { what, text: changed } of everyChange(text)) {
      if (what === 'keys.keys[0] doubled') {
        continue; // The keys are brought along for convenience; the same one twice says nothing else.
      }
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
    'a position beyond the integers': (text) => text.replace('"seq":2', '"seq":9007199254740993'),
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
}

async function strangersKey(): Promise<StrangersKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const bare = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const kid = await calculateJwkThumbprint(bare);
  return {
    jwk: { ...bare, kid },
    sign: async (payload, typ = 'leaver-evidence+jws') =>
      await new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
        .setProtectedHeader({ alg: 'EdDSA', kid, typ })
        .sign(privateKey),
  };
}

function statementOf({ format, payload }: EvidenceBundle): object {
  return { format, head: payload.head, payloadSha256: digestOf(canonicalJson(payload)).toString('hex') };
}

suite('a signature', () => {
  test('by another key is refused by whoever brings the right keys, and only by them', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const stranger = await strangersKey();
    const forged = {
      ...bundle,
      signature: await stranger.sign(statementOf(bundle)),
      keys: { keys: [{ ...stranger.jwk, alg: 'EdDSA', use: 'sig' }] },
    };
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
    const keys = { keys: [{ ...stranger.jwk, alg: 'EdDSA', use: 'sig' }] };
    const checkpoint = await stranger.sign({ format: 'leaver-checkpoint/1', head: bundle.payload.head });
    await refuse(JSON.stringify({ ...bundle, keys, signature: checkpoint }), 'a checkpoint');
    const otherType = await stranger.sign(statementOf(bundle), 'JWT');
    await refuse(JSON.stringify({ ...bundle, keys, signature: otherType }), 'another type');
  });

  test('without an algorithm, or with one made of the public key, is refused', async (t) => {
    const { bundle, signer } = await recordCase(t);
    const payload = Buffer.from(canonicalJson(statementOf(bundle))).toString('base64url');
    for (const alg of ['none', 'HS256']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: signer.kid, typ: 'leaver-evidence+jws' })).toString('base64url');
      await refuse(JSON.stringify({ ...bundle, signature: `${header}.${payload}.` }), alg);
    }
  });
});

suite('a bundle that is signed and says something else than its entries is refused', () => {
  const LIES: Readonly<Record<string, (payload: EvidenceBundle['payload']) => unknown>> = {
    'a person who is somebody else': (payload) => ({ ...payload, person: { ...payload.person, email: 'other@acme.example' } }),
    'a state that was not recorded': (payload) => ({ ...payload, case: { ...payload.case, state: 'completed' } }),
    'a step that is called verified and was only acknowledged': (payload) => ({
      ...payload,
      case: { ...payload.case, steps: payload.case.steps.map((step) => ({ ...step, state: 'done', outcome: 'verified' })) },
    }),
    'another case': (payload) => ({ ...payload, case: { ...payload.case, id: '00000000-0000-4000-8000-000000000000' } }),
    'an opening that is missing': (payload) => ({ ...payload, entries: payload.entries.slice(1) }),
    'an entry that stands there twice': (payload) => ({ ...payload, entries: payload.entries.flatMap((entry) => [entry, entry]) }),
    'entries in another order': (payload) => ({ ...payload, entries: payload.entries.toReversed() }),
    'a head further on': (payload) => ({ ...payload, head: { ...payload.head, seq: payload.head.seq + 1 } }),
  };
  for (const [what, lie] of Object.entries(LIES)) {
    test(what, async (t) => {
      const { bundle } = await recordCase(t);
      const stranger = await strangersKey();
      const payload = lie(bundle.payload) as EvidenceBundle['payload'];
      const keys = { keys: [{ ...stranger.jwk, alg: 'EdDSA', use: 'sig' }] };
      await refuse(JSON.stringify({ ...bundle, payload, keys, signature: await stranger.sign(statementOf({ ...bundle, payload })) }), what);
    });
  }
});
