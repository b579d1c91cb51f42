import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { startService } from '../../support/service.ts';
import { casesOf, fatesOf, recordedSignals } from '../support/recorded.ts';

function person(name: string) {
  return { id: `00u${name}`, login: `${name.toLowerCase()}@example.com`, displayName: name };
}

const at = (published: string) => ({ published: `2026-08-25T${published}:00.000Z` });

test('people who come back', async (t) => {
  const service = await startService(t);
  const { scenario } = service.fastio;
  const seen = (login: string) => service.fastio.requests.filter(({ email }) => email === login).length;

  for (const [name, back] of [
    ['Ada', 'user.lifecycle.unsuspend'],
    ['Bob', 'user.lifecycle.reactivate'],
  ] as const) {
    await t.test(`${back} holds the open case, and nothing more is done until somebody approves`, async () => {
      const user = scenario.addUser({ email: person(name).login, sessions: 1 });
      const paused = service.fastio.pause({ call: 'suspend', subject: user.id }, 'before-effect');
      await service.okta.deactivate(person(name));
      await paused.arrived;
      const event = oktaEvent(back, person(name));
      assert.equal((await service.okta.deliver([event])).status, 204);
      const held = await service.untilState(user.email, 'held');
      assert.match(held.reason ?? '', /active again/);
      assert.deepEqual(await fatesOf(service, event), ['contradicted']);
      assert.equal((await recordedSignals(service))[0]?.caseId, held.id);

      paused.release();
      assert.equal((await service.call('POST', `/v1/cases/${held.id}/approve`, { reason: 'HR is sure' })).status, 202);
      await service.untilState(user.email, 'completed');
      assert.equal(service.fastio.leftovers(user.id).member, false);
    });
  }

  await t.test('without an open case a return is recorded and ignored, whether the person was known or not', async () => {
    const carl = person('Carl');
    scenario.addUser({ email: carl.login });
    const returns = [oktaEvent('user.lifecycle.reactivate', carl), oktaEvent('user.lifecycle.unsuspend', carl)];
    await service.okta.deliver(returns.slice(0, 1));
    await service.okta.deactivate(carl);
    await service.untilState(carl.login, 'completed');
    await service.okta.deliver(returns.slice(1));
    assert.deepEqual(await fatesOf(service, ...returns), ['ignored', 'ignored']);
    assert.deepEqual(
      (await casesOf(service, carl.login)).map(({ state }) => state),
      ['completed'],
    );
  });

  await t.test('a return that is older than the departure comes late and holds nothing', async () => {
    const dora = person('Dora');
    scenario.addUser({ email: dora.login });
    const paused = service.fastio.pause({ call: 'resolve', subject: dora.login }, 'before-effect');
    await service.okta.deliver([oktaEvent('user.lifecycle.deactivate', dora, at('12:00'))]);
    await paused.arrived;
    await service.okta.deliver([oktaEvent('user.lifecycle.reactivate', dora, at('11:00'))]);
    const [signal] = await recordedSignals(service);
    assert.deepEqual([signal?.disposition, signal?.reason], ['ignored', 'it happened before the person left']);
    paused.release();
    await service.untilState(dora.login, 'completed');
  });

  await t.test('a departure that is older than the return opens a held case, and nobody is touched before somebody approves', async () => {
    const emma = person('Emma');
    const user = scenario.addUser({ email: emma.login, sessions: 1 });
    const departure = oktaEvent('user.lifecycle.deactivate', emma, at('11:00'));
    await service.okta.deliver([oktaEvent('user.lifecycle.reactivate', emma, at('12:00'))]);
    await service.okta.deliver([departure]);
    const held = await service.untilState(emma.login, 'held');
    assert.deepEqual(await fatesOf(service, departure), ['contradicted']);
    assert.equal(seen(emma.login), 0);
    await service.call('POST', `/v1/cases/${held.id}/approve`, { reason: 'they left once more' });
    await service.untilState(emma.login, 'completed');
    assert.equal(service.fastio.leftovers(user.id).member, false);
  });

  for (const [name, first] of [
    ['Fred', 'departure'],
    ['Gina', 'return'],
  ] as const) {
    await t.test(`a departure and a later return in one delivery hold the case (the ${first} first)`, async () => {
      const events = [
        oktaEvent('user.lifecycle.deactivate', person(name), at('11:00')),
        oktaEvent('user.lifecycle.reactivate', person(name), at('12:00')),
      ];
      await service.okta.deliver(first === 'departure' ? events : events.toReversed());
      const { steps } = await service.untilState(person(name).login, 'held');
      assert.ok(steps.every(({ state }) => state === 'pending'));
      assert.equal(seen(person(name).login), 0);
    });
  }

  await t.test('a departure and an earlier return in one delivery take the person out', async () => {
    const hugo = person('Hugo');
    scenario.addUser({ email: hugo.login });
    await service.okta.deliver([
      oktaEvent('user.lifecycle.deactivate', hugo, at('12:00')),
      oktaEvent('user.lifecycle.reactivate', hugo, at('11:00')),
    ]);
    await service.untilState(hugo.login, 'completed');
  });
});
