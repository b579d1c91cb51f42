import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../support/service.ts';
import { recordedSignals } from '../support/recorded.ts';

const CEO = { id: '00uTheBoss0000000001', login: 'CEO@example.com', displayName: 'The boss' };
const GUARD = { id: '00uBreakGlass0000001', login: 'root@breakglass.example.com', displayName: 'Break glass' };

test('a protected person is held untouched, however often it is said, and goes on once somebody approves', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['ceo@example.com', '*@breakglass.example.com'] } } });
  const user = service.fastio.scenario.addUser({ email: 'ceo@example.com', sessions: 1 });
  await service.okta.suspend(CEO);
  await service.okta.deactivate(CEO);
  await service.okta.deactivate(GUARD);
  const held = await service.untilState('ceo@example.com', 'held');
  assert.match(held.reason ?? '', /protected/);
  assert.match((await service.untilState(GUARD.login, 'held')).reason ?? '', /\*@breakglass\.example\.com/);
  assert.ok((await recordedSignals(service)).every(({ disposition }) => disposition === 'accepted'));
  assert.ok(held.steps.every(({ state }) => state === 'pending'));
  assert.deepEqual(service.fastio.requests, []);

  assert.equal((await service.call('POST', `/v1/cases/${held.id}/approve`, { reason: 'the board agreed' })).status, 202);
  const done = await service.untilState('ceo@example.com', 'completed');
  assert.equal(done.playbook, 'offboard');
  assert.equal(service.fastio.leftovers(user.id).member, false);
  assert.equal((await service.caseOf(GUARD.login))?.state, 'held');
});
