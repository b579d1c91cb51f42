import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSuccessor, type SuccessorCandidate } from '../../src/directory/successor.ts';

const nobodyElse = { leaverAccountId: 'lee', leavingAccounts: new Set(['gus']) };
const manager = (accountId: string, status: SuccessorCandidate['status'] = 'active'): SuccessorCandidate => ({
  accountId,
  email: `${accountId}@example.com`,
  source: 'manager',
  status,
});
const fallback = (accountId: string, status: SuccessorCandidate['status'] = 'active'): SuccessorCandidate => ({
  ...manager(accountId, status),
  source: 'fallback',
});

type Row = readonly [promise: string, candidates: readonly SuccessorCandidate[], chosen: string | null, reasons: readonly string[]];

const ROWS: readonly Row[] = [
  ['the first who is fit is taken', [manager('mia'), fallback('fay')], 'mia', []],
  ['the leaver is passed over', [manager('lee'), fallback('fay')], 'fay', ['the manager lee is the leaver']],
  ['somebody who is leaving too is passed over', [manager('gus'), fallback('fay')], 'fay', ['the manager gus is leaving too']],
  ['somebody suspended is passed over', [manager('mia', 'suspended'), fallback('fay')], 'fay', ['the manager mia is not active']],
  [
    'a manager nobody knows is passed over',
    [manager('mia', 'unknown'), fallback('fay')],
    'fay',
    ['the manager mia is not among the members'],
  ],
  [
    'a fallback nobody knows is taken, and said to be odd',
    [fallback('fay', 'unknown')],
    'fay',
    ['the fallback fay is not among the members, and was taken because the configuration names it'],
  ],
  ['a fallback nobody knows is still not the leaver', [fallback('lee', 'unknown')], null, ['the fallback lee is the leaver']],
  ['a fallback nobody knows is still not leaving', [fallback('gus', 'unknown')], null, ['the fallback gus is leaving too']],
  ['a suspended fallback is refused', [fallback('fay', 'suspended')], null, ['the fallback fay is not active']],
  ['an empty id is nobody', [fallback('', 'unknown')], null, ['the fallback (empty) has no account id']],
  ['without a proposal there is nobody', [], null, ['nobody was proposed']],
];

for (const [promise, candidates, chosen, reasons] of ROWS) {
  test(promise, () => {
    const choice = chooseSuccessor(candidates, nobodyElse);
    assert.equal(choice.kind === 'chosen' ? choice.candidate.accountId : null, chosen);
    assert.deepEqual(choice.reasons, reasons);
  });
}
