import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { protectedBy } from '../../src/offboarding/policy.ts';

const PATTERNS = ['ceo@acme.example', '*@breakglass.acme.example', 'Odd.Case@Acme.Example'];

const ROWS: ReadonlyArray<{ email: string; pattern: string | null }> = [
  { email: 'ceo@acme.example', pattern: 'ceo@acme.example' },
  { email: 'CEO@ACME.example', pattern: 'ceo@acme.example' },
  { email: 'odd.case@acme.example', pattern: 'Odd.Case@Acme.Example' },
  { email: 'admin@breakglass.acme.example', pattern: '*@breakglass.acme.example' },
  { email: 'Admin@BreakGlass.acme.example', pattern: '*@breakglass.acme.example' },
  { email: 'not.the.ceo@acme.example', pattern: null },
  { email: 'ceo@acme.example.org', pattern: null },
  { email: 'ceo@breakglass.acme.example.org', pattern: null },
  { email: 'admin@sub.breakglass.acme.example', pattern: null },
  { email: 'admin@notbreakglass.acme.example', pattern: null },
  { email: 'a@breakglass.acme.example@elsewhere.example', pattern: null },
];

suite('special protection', () => {
  for (const { email, pattern } of ROWS) {
    test(`${email} is ${pattern === null ? 'not protected' : `protected by ${pattern}`}`, () => {
      assert.equal(protectedBy(email, PATTERNS), pattern);
    });
  }

  test('nobody is protected without a list', () => assert.equal(protectedBy('ceo@acme.example', []), null));
});
