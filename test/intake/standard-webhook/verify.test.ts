import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { type Envelope, matchSignature, readEnvelope, secondsAhead, toWebhookKey } from '../../../src/intake/standard-webhook/verify.ts';
import { signMessage } from '../../../src/sandbox/hr.ts';
import { OTHER_PUBLIC_KEY, OTHER_SECRET, PRIVATE_KEY, PUBLIC_KEY, SECRET } from './fixtures.ts';

const ID = 'msg_1';
const TIMESTAMP = '1790000000';
/** Not UTF-8 throughout: what is signed are bytes. */
const BODY = Buffer.concat([Buffer.from('{"type":"employee.terminated","name":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]);

function signed(secret: string, body: Uint8Array = BODY, id = ID, timestamp = TIMESTAMP): string {
  return signMessage(secret, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]));
}

function match(signatures: string, secrets: readonly string[], body: Uint8Array = BODY, envelope: Partial<Envelope> = {}): number | null {
  return matchSignature({ id: ID, timestamp: TIMESTAMP, signatures, ...envelope }, body, secrets.map(toWebhookKey));
}

for (const [version, secret, key, other] of [
  ['v1', SECRET, SECRET, OTHER_SECRET],
  ['v1a', PRIVATE_KEY, PUBLIC_KEY, OTHER_PUBLIC_KEY],
] as const) {
  suite(`a signature of version ${version}`, () => {
    const signature = signed(secret);

    test('passes over the bytes it was made for', () => {
      assert.ok(signature.startsWith(`${version},`));
      assert.equal(match(signature, [key]), 0);
      assert.equal(match(signed(secret, Buffer.alloc(0)), [key], Buffer.alloc(0)), 0);
    });

    test('fails when any byte of the body is another, is missing, or is added', () => {
      for (let place = 0; place < BODY.length; place += 1) {
        const changed = Buffer.from(BODY);
        changed[place] = (changed[place] ?? 0) ^ 1;
        assert.equal(match(signature, [key], changed), null, `byte ${place}`);
      }
      assert.equal(match(signature, [key], BODY.subarray(1)), null);
      assert.equal(match(signature, [key], BODY.subarray(0, -1)), null);
      assert.equal(match(signature, [key], Buffer.concat([BODY, Buffer.from(' ')])), null);
    });

    test('fails under another id or time, and where a part of one is moved into the other', () => {
      assert.equal(match(signature, [key], BODY, { id: 'msg_2' }), null);
      assert.equal(match(signature, [key], BODY, { timestamp: '1790000001' }), null);
      assert.equal(match(signature, [key], BODY, { timestamp: '01790000000' }), null);
      assert.equal(match(signature, [key], Buffer.concat([Buffer.from('0.'), BODY]), { timestamp: '179000000' }), null);
    });

    test('fails with the key of somebody else, and with any character of it changed', () => {
      assert.equal(match(signature, [other]), null);
      for (let place = version.length + 1; place < signature.length; place += 1) {
        const other = signature[place] === 'A' ? 'B' : 'A';
        assert.equal(match(signature.slice(0, place) + other + signature.slice(place + 1), [key]), null, `character ${place}`);
      }
      for (const odd of [signature.slice(0, -1), `${signature}=`, `${signature},`, signature.replace(',', ', '), signature.toUpperCase()]) {
        assert.equal(match(odd, [key]), null, odd);
      }
    });

    test('passes at any place of a list, beside wrong ones and versions that nobody knows', () => {
      const wrong = signed(version === 'v1' ? OTHER_SECRET : PRIVATE_KEY, Buffer.from('else'));
      for (const list of [
        [signature, wrong],
        [wrong, signature],
        ['v2,abc', 'v9', '', signature, wrong],
      ]) {
        assert.equal(match(list.join(' '), [key]), 0);
      }
      assert.equal(match(signature.replace(`${version},`, 'v2,'), [key]), null);
      assert.equal(match(signature.replace(`${version},`, ''), [key]), null);
    });

    test('passes while the secret is changed, with the old one and with the new one, and tells which it was', () => {
      assert.deepEqual([match(signature, [key, other]), match(signature, [other, key]), match(signature, [other])], [0, 1, null]);
    });
  });
}

test('the signature of one version is never good for the key of the other', () => {
  const publicBytes = `whsec_${PUBLIC_KEY.slice('whpk_'.length)}`;
  const forged = signed(publicBytes);
  assert.equal(match(forged, [PUBLIC_KEY]), null, 'an HMAC made with the public key');
  assert.equal(match(forged.replace('v1,', 'v1a,'), [PUBLIC_KEY]), null);
  assert.equal(match(signed(PRIVATE_KEY).replace('v1a,', 'v1,'), [PUBLIC_KEY]), null);
  assert.equal(match(signed(SECRET).replace('v1,', 'v1a,'), [SECRET]), null);
});

test('a part of the secret, or the secret and more, is not the secret', () => {
  const bytes = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  for (const near of [bytes.subarray(0, -1), bytes.subarray(1), Buffer.concat([bytes, Buffer.from([0x41])]), Buffer.from(SECRET)]) {
    assert.equal(match(signed(`whsec_${near.toString('base64')}`), [SECRET]), null);
  }
});

test('of the spellings of a signature in base64, only the usual one is good', () => {
  const signature = signed(SECRET);
  const last = signature.at(-2) ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const twin = `${signature.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1]}=`;
  assert.deepEqual(Buffer.from(twin.slice(3), 'base64'), Buffer.from(signature.slice(3), 'base64'));
  assert.equal(match(twin, [SECRET]), null);
});

test('a list of hundreds of signatures keeps nobody busy: only the first sixteen are looked at', () => {
  const wrong = signed(SECRET, Buffer.from('else'));
  assert.equal(match([...Array(15).fill(wrong), signed(SECRET)].join(' '), [SECRET]), 0);
  assert.equal(match([...Array(16).fill(wrong), signed(SECRET)].join(' '), [SECRET]), null);
});

test('a secret may stand without its prefix and without its padding', () => {
  const padded = OTHER_SECRET;
  assert.ok(padded.endsWith('='));
  for (const written of [
    padded,
    padded.replace(/=+$/, ''),
    padded.slice('whsec_'.length),
    padded.slice('whsec_'.length).replace(/=+$/, ''),
  ]) {
    assert.equal(match(signed(padded), [written]), 0, written);
  }
  assert.equal(match(signed(PRIVATE_KEY), [PUBLIC_KEY.replace(/=+$/, '')]), 0);
});

test('an empty secret is refused: with it anybody can sign', () => {
  const anybody = `v1,${createHmac('sha256', '').update(`${ID}.${TIMESTAMP}.`).update(BODY).digest('base64')}`;
  for (const secret of ['', 'whsec_', 'whsec_====', 'whsec_!!!!', 'whpk_', 'whpk_AAAA']) {
    assert.throws(() => match(anybody, [secret]), secret);
  }
});

suite('the headers', () => {
  const headers = { 'webhook-id': ID, 'webhook-timestamp': TIMESTAMP, 'webhook-signature': 'v1,x' };
  const svix = { 'svix-id': 'msg_svix', 'svix-timestamp': TIMESTAMP, 'svix-signature': 'v1,y' };

  test('are read under the names of Svix too, and the two sets are never mixed', () => {
    assert.deepEqual(readEnvelope(svix), { id: 'msg_svix', timestamp: TIMESTAMP, signatures: 'v1,y' });
    assert.deepEqual(readEnvelope({ ...svix, ...headers }), { id: ID, timestamp: TIMESTAMP, signatures: 'v1,x' });
    assert.match(String(readEnvelope({ ...svix, 'webhook-id': ID })), /webhook-timestamp is missing/);
    assert.match(String(readEnvelope({ 'svix-id': ID, 'webhook-timestamp': TIMESTAMP, 'webhook-signature': 'v1,x' })), /svix-timestamp/);
  });

  test('must have an id without a full stop, of printable ASCII, of at most 200 characters', () => {
    for (const id of ['', 'a.b', '.', 'a b', 'msg_\u00e9', 'x'.repeat(201), 'a\u0000b']) {
      assert.match(String(readEnvelope({ ...headers, 'webhook-id': id })), /webhook-id/, id);
    }
    assert.equal(typeof readEnvelope({ ...headers, 'webhook-id': 'x'.repeat(200) }), 'object');
  });

  test('must have a time of whole seconds in digits', () => {
    for (const timestamp of [
      '',
      ' ',
      '1790000000.5',
      '1790000000abc',
      '-1',
      '+1790000000',
      '0x10',
      '1e9',
      '2026-11-26T10:00:00Z',
      '9'.repeat(13),
    ]) {
      assert.match(String(readEnvelope({ ...headers, 'webhook-timestamp': timestamp })), /webhook-timestamp/, timestamp);
    }
  });

  test('the time is compared in whole seconds, in both directions', () => {
    const envelope = readEnvelope(headers);
    assert.ok(typeof envelope === 'object');
    const ahead = (milliseconds: number) => secondsAhead(envelope, new Date(Number(TIMESTAMP) * 1_000 + milliseconds));
    assert.deepEqual(
      [ahead(0), ahead(999), ahead(300_999), ahead(301_000), ahead(-300_000), ahead(-300_001)],
      [0, 0, -300, -301, 300, 301],
    );
  });
});
