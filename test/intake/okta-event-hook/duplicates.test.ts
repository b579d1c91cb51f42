import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { startService } from '../../support/service.ts';
import { casesOf, fatesOf, recordedSignals } from '../support/recorded.ts';
import { countRows } from '../support/rows.ts';

function person(name: string) {
  return { id: `00u${name}`, login: `${name.toLowerCase()}@example.com` };
}

test('what comes more than once counts once', async (t) => {
  const service = await startService(t);

  await t.test('an event that comes again, alone or among others, opens no second case', async () => {
    const ada = person('Ada');
    const paused = service.fastio.pause({ call: 'resolve', subject: ada.login }, 'before-effect');
    const event = oktaEvent('user.lifecycle.deactivate', ada);
    const other = oktaEvent('group.user_membership.remove', ada);
    for (const events of [[event], [event], [other, event, event]]) {
      assert.equal((await service.okta.deliver(events)).status, 204);
    }
    assert.deepEqual(await fatesOf(service, event), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
    assert.deepEqual(await fatesOf(service, other), ['ignored']);
    const [found, ...more] = await casesOf(service, ada.login);
    assert.deepEqual([found?.signals.length, more], [1, []]);
    paused.release();
  });

  await t.test('an event is a duplicate even when its case was over before it came again', async () => {
    const grace = person('Grace');
    service.fastio.scenario.addUser({ email: grace.login });
    const event = oktaEvent('user.lifecycle.deactivate', grace);
    await service.okta.deliver([event]);
    await service.untilState(grace.login, 'completed');
    await service.okta.deliver([event]);
    assert.deepEqual(await fatesOf(service, event), ['accepted', 'duplicate']);
    assert.equal((await casesOf(service, grace.login)).length, 1);
  });

  await t.test('a delivery that comes again under its id counts once, even where its event has no uuid', async () => {
    const event = { ...oktaEvent('user.lifecycle.deactivate', person('Nobody')), uuid: null };
    const { eventId } = await service.okta.deliver([event]);
    await service.okta.deliver([event], { eventId });
    const again = await service.okta.deliver([event]);
    assert.deepEqual(await fatesOf(service, { uuid: `${eventId}#0` }), ['duplicate', 'refused']);
    assert.deepEqual(await fatesOf(service, { uuid: `${again.eventId}#0` }), ['refused']);
  });
});

test('two services on one database are one', async (t) => {
  const first = await startService(t);
  const second = await startService(t, { databaseUrl: first.databaseUrl, sandbox: first.fastio });

  await t.test('the same delivery at the same instant is one signal and one case, and the others are duplicates', async () => {
    const people = ['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => person(`Twice${letter}`));
    for (const { id, login } of people) {
      first.fastio.scenario.addUser({ email: login });
      const events = [oktaEvent('user.lifecycle.deactivate', { id, login })];
      const services = [first, second, first, second];
      const answers = await Promise.all(services.map(async ({ okta }) => await okta.deliver(events, { eventId: 'the-delivery' })));
      assert.deepEqual(new Set(answers.map(({ status, attempts }) => `${status} ${attempts}`)), new Set(['204 1']));
      assert.deepEqual(await fatesOf(first, ...events), ['accepted', 'duplicate', 'duplicate', 'duplicate']);
    }
    for (const { login } of people) {
      await first.untilState(login, 'completed');
      assert.equal((await casesOf(first, login)).length, 1);
    }
    assert.deepEqual(first.fastio.violations, []);
  });

  await t.test('different events about one new person at the same instant end in one case that has all of them', async () => {
    const { id, login } = person('Many');
    const paused = first.fastio.pause({ call: 'resolve', subject: login }, 'before-effect');
    const types = ['user.lifecycle.deactivate', 'user.lifecycle.suspend', 'user.lifecycle.delete.initiated', 'user.lifecycle.suspend'];
    const services = [first, second, first, second];
    await Promise.all(types.map(async (type, index) => await services[index]?.okta.deliver([oktaEvent(type, { id, login })])));
    const [found, ...more] = await casesOf(first, login);
    assert.deepEqual([found?.playbook, found?.signals.length, more], ['offboard', 4, []]);
    paused.release();
  });

  assert.equal((await recordedSignals(second)).length, 4 * 6 + 4);
  assert.deepEqual(await countRows(first.databaseUrl, 'offboarding_case', 'person'), { offboarding_case: 7, person: 7 });
});
