import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { commitToPersonal } from '../../src/ledger/commitment.ts';
import { type NewEntry, stampEntry } from '../../src/ledger/entry.ts';

const AT = new Date('2026-03-02T08:00:00.123Z');
const SALT = '5a'.repeat(32);
const stamp = (entry: NewEntry) => stampEntry(entry, AT, () => SALT);

const REASONS: ReadonlyArray<readonly [said: string, kept: string]> = [
  ['HR: John.Doe@acme.example left today', 'HR: [e-mail] left today'],
  ['John Doe <john@acme.example>, see ticket 4711', 'John Doe <[e-mail]>, see ticket 4711'],
  ['a@b.example and c+d@e.example', '[e-mail] and [e-mail]'],
  ['jörg@münchen.example ging', '[e-mail] ging'],
  ['nobody is named, call me at 5 @ the desk', 'nobody is named, call me at 5 @ the desk'],
];

suite('an entry', () => {
  test('carries its version and the time of its transaction', () => {
    const { entry, personal } = stamp({ kind: 'case.state', caseId: 'case-1', data: { from: 'running', to: 'completed' } });
    assert.deepEqual(entry, {
      v: 2,
      at: '2026-03-02T08:00:00.123Z',
      kind: 'case.state',
      caseId: 'case-1',
      data: { from: 'running', to: 'completed' },
      personal: null,
    });
    assert.equal(personal, null);
  });

  for (const [said, kept] of REASONS) {
    test(`keeps of the reason "${said}" only "${kept}"`, () => {
      assert.deepEqual(stamp({ kind: 'case.approved', caseId: 'case-1', data: { by: 'it-desk', reason: said } }).entry.data, {
        by: 'it-desk',
        reason: kept,
      });
    });
  }

  test('may be without a reason', () => {
    assert.deepEqual(stamp({ kind: 'case.opened', caseId: 'case-1', data: { reason: null } }).entry.data, { reason: null });
  });

  test('commits to what is set apart from it, and holds nothing of it', () => {
    const { entry, personal } = stamp({
      kind: 'case.held',
      caseId: null,
      data: { by: 'hr' },
      personal: { name: 'Lea Ver', left: undefined } as never,
    });
    assert.deepEqual(personal, { salt: SALT, data: { name: 'Lea Ver' } });
    assert.ok(entry.v === 2 && personal && entry.personal === commitToPersonal(personal));
    assert.ok(!JSON.stringify(entry).includes('Lea'));
  });
});
