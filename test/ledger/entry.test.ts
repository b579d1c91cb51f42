import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stampEntry } from '../../src/ledger/entry.ts';

const AT = new Date('2026-03-02T08:00:00.123Z');

const REASONS: ReadonlyArray<readonly [said: string, kept: string]> = [
  ['HR: John.Doe@acme.example left today', 'HR: [e-mail] left today'],
  ['John Doe <john@acme.example>, see ticket 4711', 'John Doe <[e-mail]>, see ticket 4711'],
  ['a@b.example and c+d@e.example', '[e-mail] and [e-mail]'],
  ['jörg@münchen.example ging', '[e-mail] ging'],
  ['nobody is named, call me at 5 @ the desk', 'nobody is named, call me at 5 @ the desk'],
];

suite('an entry', () => {
  test('carries its version and the time of its transaction', () => {
    const entry = stampEntry({ kind: 'case.state', caseId: 'case-1', data: { from: 'running', to: 'completed' } }, AT);
    assert.deepEqual(entry, {
      v: 1,
      at: '2026-03-02T08:00:00.123Z',
      kind: 'case.state',
      caseId: 'case-1',
      data: { from: 'running', to: 'completed' },
    });
  });

  for (const [said, kept] of REASONS) {
    test(`keeps of the reason "${said}" only "${kept}"`, () => {
      assert.deepEqual(stampEntry({ kind: 'case.approved', caseId: 'case-1', data: { by: 'it-desk', reason: said } }, AT).data, {
        by: 'it-desk',
        reason: kept,
      });
    });
  }

  test('may be without a reason', () => {
    assert.deepEqual(stampEntry({ kind: 'case.opened', caseId: 'case-1', data: { reason: null } }, AT).data, { reason: null });
  });
});
