import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { startService } from '../support/service.ts';

const USER = { id: '00u1', login: 'ada@example.com' };

test('two of the same signal are one case: one event in two deliveries, at the same instant on two services', async (t) => {
  const first = await startService(t);
  const second = await startService(t, { databaseUrl: first.databaseUrl, sandbox: first.fastio });
  first.fastio.expectLeaver(first.fastio.scenario.addUser({ email: USER.login }).id);
  const event = oktaEvent('user.lifecycle.deactivate', USER);
  const deliveries = await Promise.all(
    [first, second, first, second].map(async ({ okta }, index) => await okta.deliver([event], { eventId: `delivery-${index}` })),
  );
  assert.deepEqual(
    deliveries.map(({ status }) => status),
    [204, 204, 204, 204],
  );
  const done = await first.untilState(USER.login, 'completed');
  assert.equal(done.signals.length, 1);
  const { body } = await first.call('GET', '/v1/cases');
  assert.equal((body as { items: unknown[] }).items.length, 1);
  const signals = (await first.call('GET', '/v1/signals')).body as { items: { disposition: string }[] };
  assert.deepEqual(signals.items.map(({ disposition }) => disposition).sort(), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
});

test('two of the same signal are one case: suspension, deactivation and deletion of one person, in any order', async (t) => {
  const { fastio, okta, untilState, call } = await startService(t, { config: { policy: { graceSeconds: 2 } } });
  fastio.expectLeaver(fastio.scenario.addUser({ email: USER.login }).id);
  const events = (['user.lifecycle.delete.initiated', 'user.lifecycle.suspend', 'user.lifecycle.deactivate'] as const).map((type) =>
    oktaEvent(type, USER),
  );
  await Promise.all(events.map(async (event, index) => await okta.deliver([event], { eventId: `delivery-${index}` })));
  const done = await untilState(USER.login, 'completed');
  assert.equal(done.playbook, 'offboard');
  assert.equal(done.signals.length, 3);
  const { body } = await call('GET', '/v1/cases');
  assert.equal((body as { items: unknown[] }).items.length, 1);
});
