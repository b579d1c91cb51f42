import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applicationRemoval, type OktaEvent, oktaEvent } from '../../../src/sandbox/okta.ts';
import { HOOK_SECRET, startService } from '../../support/service.ts';
import { casesOf, fatesOf } from '../support/recorded.ts';

const OURS = '0oaapplication000001';

function person(name: string) {
  return { id: `00u${name}`, login: `${name.toLowerCase()}@example.com` };
}

test('a deactivation and the apps that go with it', async (t) => {
  const service = await startService(t, {
    config: { connections: [{ id: 'okta-main', kind: 'okta', eventHook: { secrets: [HOOK_SECRET], apps: [OURS] } }] },
  });

  await t.test('are one case when they come in one delivery, with every signal listed', async () => {
    const ada = person('Ada');
    service.fastio.scenario.addUser({ email: ada.login });
    await service.okta.deactivate(ada, { applications: ['Fastio', 'Fastio beta'] });
    const { playbook, signals } = await service.untilState(ada.login, 'completed');
    assert.equal(playbook, 'offboard');
    assert.deepEqual(signals.map(({ kind }) => kind).sort(), [
      'application.user_membership.remove',
      'application.user_membership.remove',
      'user.lifecycle.deactivate',
    ]);
    assert.equal((await casesOf(service, ada.login)).length, 1);
  });

  await t.test('are one case when they come one by one, the apps first, or at the same instant', async () => {
    const [bob, carl] = [person('Bob'), person('Carl')];
    const paused = [bob, carl].map(({ login }) => service.fastio.pause({ call: 'resolve', subject: login }, 'before-effect'));
    const burst = (who: typeof bob) => [
      applicationRemoval(who, 'Fastio'),
      oktaEvent('user.lifecycle.suspend', who),
      applicationRemoval(who, 'Fastio beta'),
      oktaEvent('user.lifecycle.deactivate', who),
    ];
    for (const event of burst(bob)) {
      await service.okta.deliver([event]);
    }
    await Promise.all(burst(carl).map(async (event) => await service.okta.deliver([event])));
    for (const { login } of [bob, carl]) {
      const [found, ...more] = await casesOf(service, login);
      assert.deepEqual([found?.playbook, found?.signals.length, more], ['offboard', 4, []]);
    }
    for (const one of paused) {
      one.release();
    }
  });

  await t.test('an app that is not named is recorded and opens nothing, and one that is given back holds the case', async () => {
    const dora = person('Dora');
    const paused = service.fastio.pause({ call: 'resolve', subject: dora.login }, 'before-effect');
    const target = [
      { id: '0oaSomeOther', type: 'AppInstance', alternateId: 'Payroll', displayName: 'payroll' },
      { id: dora.id, type: 'User', alternateId: dora.login, displayName: 'Dora' },
    ];
    const other = oktaEvent('application.user_membership.remove', dora, { target });
    await service.okta.deliver([other]);
    assert.deepEqual([await fatesOf(service, other), await casesOf(service, dora.login)], [['ignored'], []]);

    await service.okta.deliver([applicationRemoval(dora, 'Fastio')]);
    const given: OktaEvent = { ...applicationRemoval(dora, 'Fastio'), eventType: 'application.user_membership.add' };
    await service.okta.deliver([given]);
    assert.deepEqual(await fatesOf(service, given), ['contradicted']);
    await service.untilState(dora.login, 'held');
    paused.release();
  });
});
