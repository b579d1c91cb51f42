import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_KINDS } from '../../src/ledger/entry.ts';
import { tableOf } from '../intake/support/markdown.ts';

test('every kind of entry is on the page of what is recorded, and no other is', async () => {
  const rows = await tableOf('ledger-entries.md', 'kind', 'data', 'set apart');
  assert.deepEqual(rows.map(([kind]) => kind).sort(), [...ENTRY_KINDS].sort());
});
