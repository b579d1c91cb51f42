import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchSecret } from '../../src/intake/match-secret.ts';

const SECRET = 'Bearer 4f1c-Secret';

const WRONG: readonly (readonly [string, string | string[] | undefined])[] = [
  ['nothing', undefined],
  ['an empty header', ''],
  ['a beginning', SECRET.slice(0, -1)],
  ['an end', SECRET.slice(1)],
  ['more than the secret', `${SECRET}x`],
  ['the secret twice', `${SECRET}, ${SECRET}`],
  ['a list of values', [SECRET]],
  ['other letters', SECRET.toLowerCase()],
  ['without the scheme that belongs to it', SECRET.replace('Bearer ', '')],
  ['space around it', ` ${SECRET} `],
  ['a look-alike that is not ASCII', SECRET.replace('c', 'с')],
  ['half a character', '\ud800'],
  ['something very long', 'x'.repeat(100_000)],
];

for (const [what, header] of WRONG) {
  test(`only the whole secret matches: not ${what}`, () => {
    assert.equal(matchSecret(header, [SECRET, 'another']), null);
  });
}

test('each secret matches by its place while two are in use, and no other does', () => {
  assert.deepEqual(
    ['the-new', 'the-old', 'the-older'].map((header) => matchSecret(header, ['the-new', 'the-old'])),
    [0, 1, null],
  );
});

test('an empty secret matches nothing, not even an empty header', () => {
  assert.equal(matchSecret('', ['']), null);
  assert.equal(matchSecret(undefined, ['', SECRET]), null);
  assert.equal(matchSecret('anything', []), null);
});
