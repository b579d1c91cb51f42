import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';

const EMAIL = 'leaver@example.com';

test('success means verified: what was seen, what was only acknowledged, what was absent and what is not offered are told apart', async (t) => {
  const { fastio, okta, untilState } = await startService(t);
  const leaver = fastio.scenario.addUser({ email: EMAIL, sessions: 1, tokens: 1 });
  fastio.expectLeaver(leaver.id);
  fastio.scenario.addWorkspace({ ownerId: leaver.id });
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const done = await untilState(EMAIL, 'completed');
  assert.deepEqual(Object.fromEntries(done.steps.map(({ action, outcome }) => [action, outcome])), {
    'resolve-account': 'verified',
    suspend: 'verified',
    'list-workspaces': 'verified',
    'revoke-sessions': 'acknowledged',
    'delete-tokens': 'acknowledged',
    'delete-webhooks': 'already-absent',
    'transfer-workspace': 'verified',
    'remove-member': 'verified',
    'verify-audit': 'verified',
    'notify-successor': 'not-offered',
  });
});

test('success means verified: a case whose removal never shows in the audit log is not completed', async (t) => {
  const { fastio, okta, caseOf } = await startService(t, {
    fastio: { auditDelayMs: 3_600_000 },
    config: { policy: { stepRetry: { minDelayMs: 50, maxDelayMs: 50, deadlineMs: 300 } } },
  });
  const leaver = fastio.scenario.addUser({ email: EMAIL });
  fastio.expectLeaver(leaver.id);
  await okta.deactivate({ id: '00u1', login: EMAIL });
  const asking = await eventually(
    'a person is asked',
    async () => {
      const found = await caseOf(EMAIL);
      return found?.state === 'attention' ? found : null;
    },
    40_000,
  );
  const verification = asking.steps.find(({ action }) => action === 'verify-audit');
  assert.equal(verification?.state, 'failed');
  assert.equal(asking.completedAt, null);
  assert.ok(asking.steps.some(({ action, outcome }) => action === 'remove-member' && outcome === 'verified'));
});

test('success means verified: somebody without any account is not reported as taken out', async (t) => {
  const { okta, untilState, fastio } = await startService(t);
  await okta.deactivate({ id: '00u1', login: 'nobody@example.com' });
  const asking = await untilState('nobody@example.com', 'attention');
  assert.match(asking.reason ?? '', /no account in any target/);
  assert.equal(asking.containedAt, null);
  assert.deepEqual(fastio.effects, []);
});
