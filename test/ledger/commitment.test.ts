import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { commitTo, commitToPersonal } from '../../src/ledger/commitment.ts';

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

  test('to what is set apart from an entry is the SHA-256 of the salt and the canonical JSON', () => {
    // hashlib.sha256(bytes(32) + b'{"a":1,"b":"x"}').hexdigest()
    const expected = '0cbf465f0458611eb2e0c845ec0963e57e336679b6cb974992589cda7efc49fc';
    assert.equal(commitToPersonal({ salt, data: { b: 'x', a: 1 } }), expected);
    assert.notEqual(commitToPersonal({ salt: '11'.repeat(32), data: { b: 'x', a: 1 } }), expected);
  });
});
