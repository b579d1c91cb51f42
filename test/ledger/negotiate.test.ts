import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formIn } from '../../src/ledger/negotiate.ts';

const ROWS: ReadonlyArray<readonly [accept: string | undefined, form: string]> = [
  [undefined, 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
  ['application/zip', 'zip'],
  ['APPLICATION/ZIP ; q=0.5, text/html;q=0.4', 'zip'],
  ['application/json;q=0.1, text/html;q=0.2', 'html'],
  ['text/html;q=0', 'json'],
  ['text/html;q=much', 'json'],
  ['image/png', 'json'],
];

for (const [accept, form] of ROWS) {
  test(`whoever accepts ${accept} is given ${form}`, () => {
    assert.equal(formIn(accept), form);
  });
}
