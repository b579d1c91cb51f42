import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { startService } from '../support/service.ts';

test('a deactivation at Okta takes a person out of Fastio: contained first, handed over, removed, proven', async (t) => {
  const service = await startService(t, { fastio: { pageSize: 3, ignoreEmailFilter: true, auditDelayMs: 1_500 } });
  const { scenario } = service.fastio;
  const leaver = scenario.addUser({ email: 'John.Doe@example.com', sessions: 3, locks: 1, tokens: 2 });
  const bystander = scenario.addUser({ email: 'john.doe@example.com.au', sessions: 1, tokens: 1 });
  for (let index = 0; index < 5; index += 1) {
    scenario.addWorkspace({ ownerId: leaver.id, name: `workspace ${index}` });
  }
  scenario.addWorkspace({ ownerId: bystander.id, name: 'not theirs' });
  scenario.addWebhook({ userId: leaver.id });
  scenario.addWebhook({ userId: bystander.id });
  service.fastio.expectLeaver(leaver.id);

  const delivery = await service.okta.deactivate({ id: '00u3m90rxKjGQ0G6L1d6', login: 'john.doe@example.com', displayName: 'John Doe' });
  assert.equal(delivery.status, 204);
  const done = await service.untilState('john.doe@example.com', 'completed');

  assert.deepEqual(service.fastio.violations, []);
  assert.equal(service.fastio.effects[0]?.kind, 'user.suspended');
  assert.deepEqual(service.fastio.leftovers(leaver.id), { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 });
  assert.deepEqual(service.fastio.leftovers(bystander.id), { member: true, sessions: 1, locks: 0, tokens: 1, webhooks: 1, workspaces: 1 });
  assert.ok(done.containedAt !== null && done.completedAt !== null);
  assert.equal(done.steps.filter(({ action }) => action === 'transfer-workspace').length, 5);
  assert.ok(done.steps.every(({ state, outcome }) => state === 'done' && outcome !== null));

  const { body } = await service.call('GET', `/v1/cases/${done.id}/evidence`);
  const verdict = await verifyEvidence(JSON.stringify(body));
  assert.ok(verdict.ok, JSON.stringify(verdict));
});
