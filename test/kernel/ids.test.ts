import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isId, newId } from '../../src/kernel/ids.ts';

suite('an identifier', () => {
  test('is new each time', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    assert.equal(new Set(ids).size, 1_000);
    assert.ok(ids.every(isId));
  });

  const STRANGE = [
    '',
    'latest',
    '1',
    `${newId()} `,
    newId().slice(1),
    newId().replaceAll('-', ''),
    `{${newId()}}`,
    `${newId()}' or true --`,
  ];
  for (const text of STRANGE) {
    test(`is not ${JSON.stringify(text.replaceAll(/[0-9a-f]{4,}/g, '…'))}`, () => assert.equal(isId(text), false));
  }
});
