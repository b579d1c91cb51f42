import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSuccessor, type SuccessorCandidate } from '../../src/directory/successor.ts';

const nobodyElse = { leaverAccountId: 'lee', leavingAccounts: new Set(['gus']), ownAccountId: 'svc' };
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

const above = (accountId: string, more: Partial<SuccessorCandidate> = {}): SuccessorCandidate => ({
  ...manager(accountId),
  source: "manager's manager",
  ...more,
});
/** Somebody whom the target does not have, and the directory calls so. */
const absent = (more: Partial<SuccessorCandidate> = {}): SuccessorCandidate => ({
  ...manager('', 'unknown'),
  ref: '00umia of okta',
  ...more,
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
  [
    "the manager goes before the manager's manager, and that one before the fallback",
    [manager('mia'), above('max'), fallback('fay')],
    'mia',
    [],
  ],
  [
    'whose manager cannot is succeeded by the one above',
    [manager('gus'), above('max'), fallback('fay')],
    'max',
    ['the manager gus is leaving too'],
  ],
  [
    'each who is passed over has a reason of their own',
    [absent(), above('max', { isOverQuota: true }), fallback('fay')],
    'fay',
    ['the manager 00umia of okta has no account here', "the manager's manager max has no storage left for it"],
  ],
  [
    'whom the directory knows to be leaving is passed over, with an account or without',
    [absent({ isLeaving: true }), above('max', { isLeaving: true }), fallback('fay')],
    'fay',
    ['the manager 00umia of okta is leaving too', "the manager's manager max is leaving too"],
  ],
  [
    'whoever is inactive at the identity provider is passed over, though the target has them active',
    [{ ...manager('mia'), inactiveAt: 'okta' }, fallback('fay')],
    'fay',
    ['the manager mia is not active at okta'],
  ],
  [
    'somebody with two accounts is nobody',
    [absent({ status: 'ambiguous' }), fallback('fay')],
    'fay',
    ['the manager 00umia of okta has more than one account here'],
  ],
  [
    'the account that Leaver works with succeeds nobody',
    [manager('svc'), fallback('svc')],
    null,
    ['the manager svc is the account that Leaver itself works with', 'the fallback svc is the account that Leaver itself works with'],
  ],
  [
    'a fallback without room is refused',
    [{ ...fallback('fay'), isOverQuota: true }],
    null,
    ['the fallback fay has no storage left for it'],
  ],
  [
    'a leaver who is their own manager is passed over twice',
    [manager('lee'), above('lee')],
    null,
    ['the manager lee is the leaver', "the manager's manager lee is the leaver"],
  ],
  ['without a proposal there is nobody', [], null, ['nobody was proposed']],
];

for (const [promise, candidates, chosen, reasons] of ROWS) {
  test(promise, () => {
    const choice = chooseSuccessor(candidates, nobodyElse);
    assert.equal(choice.kind === 'chosen' ? choice.candidate.accountId : null, chosen);
    assert.deepEqual(choice.reasons, reasons);
  });
}
