import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { residualAccess } from '../../src/offboarding/residual.ts';
import type { Capabilities } from '../../src/targets/target.ts';
import { ABSENT, BOARDS, DONE, FAILED, FILES, standing } from './support/cases.ts';

const YES = { support: 'yes' } as const;
const CAPABILITIES: Capabilities = {
  suspend: YES,
  sessions: { support: 'self-only', residual: 'A session may go on.', lasts: 'up to an hour', advice: 'Wait for it.' },
  tokens: { support: 'not-offered', residual: 'Keys belong to nobody.' },
  webhooks: YES,
  ownership: YES,
  membership: YES,
  audit: YES,
};
const LIMITED = { ...FILES, capabilities: CAPABILITIES };

suite('what may be left reachable', () => {
  test('is what the target has no call for', () => {
    const { steps } = standing([LIMITED], { 'files/resolve-account': DONE });
    assert.deepEqual(residualAccess([LIMITED, BOARDS], steps), [
      { target: 'files', of: 'sessions', note: 'A session may go on. It lasts up to an hour. Wait for it.' },
      { target: 'files', of: 'tokens', note: 'Keys belong to nobody.' },
    ]);
  });

  test('is what a finished step has found, each sentence once', () => {
    const residual = {
      repositories: [{ id: 'r1' }],
      unread: ['the links could not be read'],
      advice: ['Replace the keys.', 'Replace the keys.'],
    };
    const { steps } = standing([FILES], {
      'files/list-workspaces': { ...DONE, facts: { residual } },
      'files/verify-audit': { ...DONE, facts: { residual: ['Replace the keys.', 'An hour more.'] } },
    });
    assert.deepEqual(
      residualAccess([FILES], steps).map(({ note }) => note),
      ['the links could not be read', 'Replace the keys.', 'An hour more.'],
    );
  });

  test('is what a failed step was to end', () => {
    const { steps } = standing([FILES], { 'files/suspend': FAILED });
    assert.match(
      residualAccess([FILES], steps)[0]?.note ?? '',
      /^suspend did not succeed \(.*\): what it was to end may still be there\.$/,
    );
  });

  test('is nothing in a target in which the person has no account', () => {
    const { steps } = standing([LIMITED], { 'files/resolve-account': ABSENT });
    assert.deepEqual(residualAccess([LIMITED], steps), []);
  });
});
