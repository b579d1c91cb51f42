import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../support/service.ts';

const QUEUED = 1_000;
const AT_ONCE = 25;
/** What one worker has begun before the emergency comes, and what it takes along with it. */
const AHEAD_AT_MOST = 200;

test('locked out first: an emergency outruns a thousand people who are queued before it, while the slow work is stuck', async (t) => {
  const intake = await startService(t, { fastio: { latencyMs: { default: 20, inventory: 30_000 } }, config: { roles: ['api'] } });
  const { fastio, okta } = intake;
  const people = Array.from({ length: QUEUED }, (_, index) => ({ id: `00u${index}`, login: `leaver${index}@example.com` }));
  for (const { login } of people) {
    fastio.scenario.addUser({ email: login });
  }
  const victim = fastio.scenario.addUser({ email: 'emergency@example.com', sessions: 1, tokens: 1 });
  for (let from = 0; from < QUEUED; from += AT_ONCE) {
    await Promise.all(people.slice(from, from + AT_ONCE).map(async (person) => assert.equal((await okta.deactivate(person)).status, 204)));
  }

  const worker = await startService(t, {
    databaseUrl: intake.databaseUrl,
    sandbox: fastio,
    config: { roles: ['worker'], http: { timeoutMs: 60_000 }, server: { shutdownSeconds: 1 } },
  });
  assert.ok(worker.url);
  const asked = await intake.call('POST', '/v1/cases', { email: 'emergency@example.com', playbook: 'contain', reason: 'a stolen laptop' });
  assert.equal(asked.status, 202);
  const contained = await intake.untilState('emergency@example.com', 'completed');
  assert.notEqual(contained.containedAt, null);
  const suspended = fastio.effects.filter(({ kind }) => kind === 'user.suspended').map(({ userId }) => userId);
  const place = suspended.indexOf(victim.id);
  assert.ok(place >= 0 && place < AHEAD_AT_MOST, `it was suspended as number ${place}`);
});
