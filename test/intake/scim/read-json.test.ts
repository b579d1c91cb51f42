import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readJson } from '../../../src/intake/scim/read-json.ts';
import { cpuMsOf } from './support/cpu.ts';

const REFUSED: Readonly<Record<string, string | Buffer>> = {
  'one name twice': '{"active": true, "active" : false}',
  'one name twice, once in disguise': '{"active": true, "\\u0061ctive": false}',
  'one name twice, far within': '{"a":[{"b":{"c":1,"d":{},"c":2}}]}',
  'nesting without end': '['.repeat(500_000),
  'nesting without end, in order': `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  'thousands of names': JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`a${index}`, 1]))),
  'text that is cut off': '{"userName": "a',
  'bytes that are no UTF-8': Buffer.from([0x22, 0xff, 0x22]),
  nothing: '',
  'two documents': '{} {}',
};

suite('a body is refused that has', () => {
  for (const [what, body] of Object.entries(REFUSED)) {
    test(what, () => {
      const refused = { code: 'invalid-request', details: { scimType: 'invalidSyntax' } };
      const ms = cpuMsOf(() => assert.throws(() => readJson(Buffer.from(body as string)), refused));
      assert.ok(ms < 500, `${ms} ms`);
    });
  }
});

test('one name in two objects, and names within texts, are no repetition', () => {
  const body = { a: { x: 1 }, b: { x: 2 }, c: [{ x: 1 }, { x: '{"a":1,"a":2}' }], d: 'a":1,"a' };
  assert.deepEqual(readJson(Buffer.from(JSON.stringify(body))), body);
});

test('a text as long as a body may be is read', () => {
  const body = { note: `${'\\"'.repeat(250_000)}${'x'.repeat(300_000)}` };
  assert.deepEqual(readJson(Buffer.from(JSON.stringify(body))), body);
});
