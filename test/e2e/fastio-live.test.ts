import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { verifyEvidence } from '../../src/ledger/verify.ts';
import { startFastio } from '../../src/sandbox/fastio/fastio.ts';
import { startFastioLive } from '../../src/sandbox/fastio-live/fastio-live.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/service.ts';
import { undo } from '../support/undo.ts';

const LEAVER = 'lee.aver@example.com';

/** The service over a live Fast.io alone, with somebody who owns one workspace and is an admin of another. */
async function overLive(t: TestContext, graceSeconds: number) {
  const live = await startFastioLive();
  undo(t, async () => await live.close());
  const unused = await startFastio();
  undo(t, async () => await unused.close());
  const { scenario } = live;
  const leaver = scenario.addUser({ email: LEAVER });
  const successor = scenario.addUser({ email: 'sue@example.com' });
  const own = scenario.addWorkspace({ name: 'Research', members: { [leaver.id]: 'owner' } });
  const other = scenario.addWorkspace({ name: 'Sales', members: { [leaver.id]: 'admin', [successor.id]: 'owner' } });
  live.expectLeaver(leaver.id);
  const { orgId, token, url: baseUrl } = live;
  const target = { id: 'live', kind: 'fastio-live', baseUrl, token, orgId, fallbackOwnerId: successor.id };
  const service = await startService(t, {
    sandbox: unused,
    config: { targets: [target], policy: { graceSeconds, stepRetry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 60_000 } } },
  });
  return { ...service, live, leaver, successor, own, other };
}

test('a plan changes nothing, and a departure over the live Fast.io ends with the person in none of it, with evidence that says what stays reachable', async (t) => {
  const { live, call, okta, untilState, leaver, own, other, successor } = await overLive(t, 0);
  const { status, body: planned } = await call('POST', '/v1/cases', {
    email: LEAVER,
    playbook: 'offboard',
    reason: 'a look',
    dryRun: true,
  });
  assert.equal(status, 200);
  assert.match(JSON.stringify(planned), new RegExp(`"transfer-ownership","subject":"workspace/${own.id}","name":"Research"`));
  assert.equal(live.count(/^(?!GET )/), 0);
  await okta.deactivate({ id: '00ulee', login: LEAVER });
  const { id, steps, containedAt } = await untilState(LEAVER, 'completed');
  assert.deepEqual(
    steps.flatMap(({ action, subject, outcome }) =>
      outcome === 'not-offered' ? [] : [[action, subject, outcome].filter(Boolean).join(' ')],
    ),
    [
      'resolve-account verified',
      `restrict-membership org/${live.orgId} verified`,
      `restrict-membership workspace/${other.id} verified`,
      'list-workspaces verified',
      `transfer-ownership workspace/${own.id} verified`,
      `remove-membership workspace/${own.id} verified`,
      `remove-membership workspace/${other.id} verified`,
      'remove-from-organization verified',
      'verify-removal verified',
      'verify-audit verified',
    ],
  );
  assert.ok(containedAt !== null);
  assert.deepEqual([live.membershipsOf(leaver.id), live.violations], [[], []]);
  assert.equal(own.members[successor.id]?.role, 'owner');
  const evidence = JSON.stringify((await call('GET', `/v1/cases/${id}/evidence`)).body);
  assert.ok((await verifyEvidence(evidence)).ok);
  assert.match(evidence, /Only the account itself can end its sessions/);
  assert.ok(!evidence.includes(live.token));
});

test('a lock-out that is taken back gives every role back as it was', async (t) => {
  const { live, call, caseOf, okta, untilState, leaver, own, other } = await overLive(t, 3_600);
  const before = live.membershipsOf(leaver.id);
  await okta.deactivate({ id: '00ulee', login: LEAVER });
  const { id } = await eventually('the person is locked out', async () => {
    const found = await caseOf(LEAVER);
    return found?.containedAt ? found : null;
  });
  assert.deepEqual([other.members[leaver.id]?.role, own.members[leaver.id]?.role], ['guest', 'owner']);
  assert.equal((await call('POST', `/v1/cases/${id}/cancel`, { reason: 'they stay' })).status, 202);
  await untilState(LEAVER, 'cancelled');
  assert.deepEqual(live.membershipsOf(leaver.id), before);
  assert.deepEqual(other.members[leaver.id], { role: 'admin', expires: null });
  assert.deepEqual(live.violations, []);
});
