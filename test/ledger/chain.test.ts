import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { digestOf, EMPTY_HEAD, extendChain, GENESIS, nextLink } from '../../src/ledger/chain.ts';
import { commitTo } from '../../src/ledger/commitment.ts';

/*
 * The vectors were computed apart from this code, in Python:
 *
 *   H = lambda data: hashlib.sha256(data).digest()
 *   genesis = H(b'leaver-ledger/1')
 *   digest = H(body.encode('utf-8'))
 *   hash = H(previous_hash + seq.to_bytes(8, 'big') + digest)
 */
const GENESIS_HEX = '82e525600c3adcde1e9418a54463ae2bb586fd0429c33561334a206534a64d9a';
const LINKS = [
  {
    body: '{}',
    digest: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    hash: '93d079ed028ed4c8b4181341eec511f847cff4e69198314ef3fc609c1ec3f9c7',
  },
  {
    body: '{"at":"2026-03-02T08:00:00.000Z","caseId":null,"data":{"name":"Zoë"},"kind":"signal.recorded","v":1}',
    digest: 'c3ff471fb239f99241c3ebaa2c9d7ff2478595741e6f017a6c566a43462aa75f',
    hash: '659880e0202ecb03de2a7b9411ed0c0ac93a231a71cac29ba8f0765c53ba9693',
  },
  {
    body: '',
    digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    hash: '801bebbbc5d9dc1b1d6c200c6063f6fc7a20e2908de9af1c7d5681d34b3ca917',
  },
];

suite('the hash chain', () => {
  test('begins with the digest of its format', () => {
    assert.deepEqual([GENESIS.toString('hex'), EMPTY_HEAD.seq], [GENESIS_HEX, 0]);
  });

  test('links entries just as the pinned vectors say', () => {
    const links = extendChain(
      EMPTY_HEAD,
      LINKS.map(({ body }) => digestOf(body)),
    );
    assert.deepEqual(
      links.map(({ seq, digest, hash }) => [seq, digest.toString('hex'), hash.toString('hex')]),
      LINKS.map(({ digest, hash }, index) => [index + 1, digest, hash]),
    );
  });

  test('holds positions of more than 32 bits', () => {
    const { seq, hash } = nextLink({ seq: Number.MAX_SAFE_INTEGER - 1, hash: GENESIS }, digestOf('{}'));
    assert.equal(seq, Number.MAX_SAFE_INTEGER);
    assert.equal(hash.toString('hex'), 'cacf923d731d91601ae741b14c4d221d66e73ffb1acf7914e458f45fdcad15ef');
  });

  test('gives the same links in one go and one by one', () => {
    const digests = LINKS.map(({ body }) => digestOf(body));
    const [first, ...rest] = extendChain(EMPTY_HEAD, digests);
    assert.ok(first);
    assert.deepEqual(extendChain(first, digests.slice(1)), rest);
  });
});

suite('the commitment to a person', () => {
  const salt = '00'.repeat(32);

  test('is the SHA-256 of the salt and the e-mail in lower case', () => {
    // hashlib.sha256(bytes(32) + b'leaver@example.com').hexdigest()
    const expected = '2a5a51f70e7174c309ba760dd291d87f27d39d5db5eab1e69dcacb14938789d2';
    assert.deepEqual([commitTo(salt, 'leaver@example.com'), commitTo(salt, 'Leaver@Example.COM')], [expected, expected]);
  });

  test('says nothing without the salt', () => {
    assert.notEqual(commitTo('11'.repeat(32), 'leaver@example.com'), commitTo(salt, 'leaver@example.com'));
  });
});
