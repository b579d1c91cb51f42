import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isStorable } from '../../src/kernel/text.ts';

const TEXTS: ReadonlyArray<readonly [text: string, storable: boolean]> = [
  ['', true],
  ['plain', true],
  ['Zoë \u{1f600} 東京', true],
  ['line\nbreak\ttab\u0001', true],
  ['a\0b', false],
  ['\ud800', false],
  ['a\udc00b', false],
  ['\ude00\ud83d', false],
];

suite('a text', () => {
  for (const [text, storable] of TEXTS) {
    test(`${JSON.stringify(text)} ${storable ? 'can' : 'cannot'} be stored`, () => assert.equal(isStorable(text), storable));
  }
});
