import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { startService } from '../../support/service.ts';
import { casesOf, fatesOf, recordedSignals } from '../support/recorded.ts';

function person(name: string) {
  return { id: `00u${name}`, login: `${name.toLowerCase()}@example.com`, displayName: name };
}

test('what becomes of an event', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['boss@example.com', '*@breakglass.example.com'] } } });
  const { scenario } = service.fastio;

  await t.test('each event of a delivery is judged by itself: who leaves has a case, the rest is recorded', async () => {
    const [ada, bob] = [person('Ada'), person('Bob')];
    scenario.addUser({ email: ada.login });
    scenario.addUser({ email: bob.login });
    const events = [
      oktaEvent('user.session.end', ada),
      oktaEvent('user.lifecycle.deactivate', ada),
      oktaEvent('application.user_membership.remove', ada),
      oktaEvent('user.lifecycle.deactivate', bob),
      oktaEvent('user.lifecycle.deactivate', bob, { target: null }),
    ];
    assert.equal((await service.okta.deliver(events)).status, 204);
    const fates = await Promise.all(events.map(async (event) => await fatesOf(service, event)));
    assert.deepEqual(fates.flat(), ['ignored', 'accepted', 'ignored', 'accepted', 'unresolved']);
    await service.untilState(ada.login, 'completed');
    await service.untilState(bob.login, 'completed');
  });

  await t.test('a type of event that nobody knows is recorded under its own name, and makes nobody known', async () => {
    const carl = person('Carl');
    const event = oktaEvent('user.brand_new.thing', carl);
    assert.equal((await service.okta.deliver([event])).status, 204);
    const [signal] = await recordedSignals(service);
    assert.deepEqual([signal?.kind, signal?.disposition, signal?.caseId], ['user.brand_new.thing', 'ignored', null]);
    assert.deepEqual(await casesOf(service, carl.login), []);
  });

  await t.test('a deactivation after a suspension upgrades the one case, and both signals belong to it', async () => {
    const dora = person('Dora');
    const { id } = scenario.addUser({ email: dora.login, sessions: 1 });
    const hold = service.fastio.pause({ call: 'resolve', subject: dora.login }, 'before-effect');
    await service.okta.suspend(dora);
    await hold.arrived;
    assert.equal((await service.caseOf(dora.login))?.playbook, 'contain');
    await service.okta.deactivate(dora);
    hold.release();
    const { playbook, signals } = await service.untilState(dora.login, 'completed');
    assert.equal(playbook, 'offboard');
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      ['user.lifecycle.suspend', 'user.lifecycle.deactivate'],
    );
    assert.equal(service.fastio.leftovers(id).member, false);
    assert.equal((await casesOf(service, dora.login)).length, 1);
  });

  await t.test('a suspension alone locks the person out and takes nothing away', async () => {
    const emma = person('Emma');
    const user = scenario.addUser({ email: emma.login, sessions: 2 });
    scenario.addWorkspace({ ownerId: user.id });
    await service.okta.suspend(emma);
    const { playbook } = await service.untilState(emma.login, 'completed');
    const { member, workspaces } = service.fastio.leftovers(user.id);
    assert.deepEqual([playbook, user.status, member, workspaces], ['contain', 'suspended', true, 1]);
  });

  await t.test('a login that changed hands tells nobody for certain, and neither person has a case', async () => {
    const [fred, gina] = [person('Fred'), person('Gina')];
    await service.okta.reactivate(fred);
    await service.okta.reactivate(gina);
    const unclear = [
      oktaEvent('user.lifecycle.deactivate', { ...gina, login: fred.login }),
      oktaEvent('user.lifecycle.deactivate', { ...person('Hugo'), login: fred.login }),
    ];
    await service.okta.deliver(unclear);
    assert.deepEqual(await fatesOf(service, ...unclear), ['unresolved', 'unresolved']);
    assert.deepEqual([...(await casesOf(service, fred.login)), ...(await casesOf(service, gina.login))], []);
  });

  await t.test('a person whose login changed is known by the id, and found in the target under the address they had before', async () => {
    const ines = person('Ines');
    const { id } = scenario.addUser({ email: ines.login });
    await service.okta.reactivate(ines);
    await service.okta.deactivate({ ...ines, login: 'ines.married@example.com' });
    await service.untilState(ines.login, 'completed');
    assert.equal(service.fastio.leftovers(id).member, false);
    const [renamed] = await casesOf(service, 'ines.married@example.com');
    assert.equal(renamed?.person.email, 'ines.married@example.com');
  });

  await t.test('a protected person is held untouched, however often it is said, and goes on once somebody approves', async () => {
    const boss = { ...person('Boss'), login: 'BOSS@example.com' };
    const guard = { ...person('Guard'), login: 'root@breakglass.example.com' };
    const user = scenario.addUser({ email: 'boss@example.com', sessions: 1 });
    scenario.addUser({ email: guard.login });
    const events = [oktaEvent('user.lifecycle.suspend', boss), oktaEvent('user.lifecycle.deactivate', boss)];
    for (const event of [...events, oktaEvent('user.lifecycle.deactivate', guard)]) {
      await service.okta.deliver([event]);
    }
    const held = await service.untilState(user.email, 'held');
    assert.match(held.reason ?? '', /protected/);
    assert.match((await service.untilState(guard.login, 'held')).reason ?? '', /\*@breakglass\.example\.com/);
    assert.deepEqual(await fatesOf(service, ...events), ['accepted', 'accepted']);
    assert.ok(held.steps.every(({ state }) => state === 'pending'));
    const asked = service.fastio.requests.map(({ email }) => email);
    assert.ok(!asked.includes(user.email) && !asked.includes(guard.login));

    assert.equal((await service.call('POST', `/v1/cases/${held.id}/approve`, { reason: 'the board agreed' })).status, 202);
    assert.equal((await service.untilState(user.email, 'completed')).playbook, 'offboard');
    assert.equal(service.fastio.leftovers(user.id).member, false);
    assert.equal((await service.caseOf(guard.login))?.state, 'held');
  });

  assert.deepEqual(service.fastio.violations, []);
});
