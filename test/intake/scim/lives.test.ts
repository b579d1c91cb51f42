import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEntra } from '../../../src/sandbox/entra.ts';
import { createEntraProvisioning, type EntraProvisioning, type EntraSpelling } from '../../../src/sandbox/entra-provisioning.ts';
import { createOktaProvisioning } from '../../../src/sandbox/okta-provisioning.ts';
import type { ScimClientOptions } from '../../../src/sandbox/scim-client.ts';
import { eventually } from '../../support/eventually.ts';
import { undo } from '../../support/undo.ts';
import { casesOf, type Recorded, recordedSignals } from '../support/recorded.ts';
import { type Body, SCIM_TOKEN, type ScimService, startScim } from './support/directory.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

test('a whole life in Okta', async (t) => {
  const service = await startScim(t);
  const okta = createOktaProvisioning({ baseUrl: service.baseOf('okta-main'), token: SCIM_TOKEN });
  undo(t, async () => await okta.close());
  const newcomer = (name: string, number: number) => ({
    id: `00u${name.padEnd(14, 'x')}${number}`.padEnd(20, 'y'),
    login: `${name}@example.com`,
    displayName: `${name} Example`,
  });
  const kindsOf = async (email: string): Promise<string[]> =>
    (await casesOf(service, email)).flatMap(({ signals }) => signals.map(({ kind }) => kind));

  for (const verb of ['patch', 'put'] as const) {
    await t.test(`assigned, updated, deactivated by ${verb}, back again, and gone for good`, async () => {
      const user = newcomer(`ada-${verb}`, 1);
      const { id: account } = service.fastio.scenario.addUser({ email: user.login, sessions: 1, tokens: 1 });
      const id = await okta.assign(user);
      assert.equal(await okta.assign(user), id, 'a second assignment finds the user');
      const { body } = await okta.update(id, { title: 'Engineer' });
      assert.deepEqual([body['title'], body['externalId'], body['active']], ['Engineer', user.id, true]);
      assert.deepEqual(await casesOf(service, user.login), [], 'so far nobody leaves');

      assert.equal((await okta.deactivate(id, verb)).body['active'], false);
      await service.untilState(user.login, 'completed');
      assert.equal(service.fastio.leftovers(account).member, false);
      assert.deepEqual(await kindsOf(user.login), ['scim.user.deactivated']);

      await okta.deactivate(id, verb);
      assert.deepEqual(await kindsOf(user.login), ['scim.user.deactivated'], 'the same once more is no second departure');
      assert.equal((await okta.reactivate(id, verb)).body['active'], true);
      assert.equal((await recordedSignals(service))[0]?.kind, 'scim.user.activated');

      await okta.delete(id);
      assert.equal((await service.scim('GET', `/Users/${id}`)).status, 404);
      assert.equal((await recordedSignals(service))[0]?.kind, 'scim.user.deleted');
    });
  }

  await t.test('a group is pushed, its members change, and it goes', async () => {
    const [a, b] = [await okta.assign(newcomer('gus', 3)), await okta.assign(newcomer('gil', 4))];
    const group = await okta.pushGroup('Everybody');
    assert.equal(await okta.pushGroup('Everybody'), group);
    await okta.changeMembers(group, { add: a });
    await okta.changeMembers(group, { remove: a, add: b });
    const { body } = await service.scim('GET', `/Users/${b}`);
    assert.deepEqual(
      (body['groups'] as Body[]).map(({ display }) => display),
      ['Everybody'],
    );
    await okta.deleteGroup(group);
    assert.deepEqual((await service.scim('GET', `/Users/${b}`)).body['groups'], []);
  });

  await t.test('an import sees everybody once, in pages', async () => {
    const names = (await okta.importUsers(1)).map(({ userName }) => userName);
    assert.deepEqual(names, ['gus@example.com', 'gil@example.com']);
  });

  assert.deepEqual(service.fastio.violations, []);
});

test('a whole life in Entra', async (t) => {
  const tenant = await startEntra();
  undo(t, async () => await tenant.close());
  const connections = [
    { id: 'entra-main', kind: 'entra', scim: { tokens: [SCIM_TOKEN] } },
    { id: 'entra-signed', kind: 'entra', scim: { entraJwt: tenant.provisioning } },
  ];
  const service = await startScim(t, { config: { connections } });
  const clientOf = (connection: string, token: ScimClientOptions['token']): EntraProvisioning => {
    const client = createEntraProvisioning({ baseUrl: service.baseOf(connection), token });
    undo(t, async () => await client.close());
    return client;
  };
  const entra = clientOf('entra-main', SCIM_TOKEN);
  const signed = clientOf('entra-signed', tenant.provisioningToken);

  await t.test('the connection is tested, a user is matched, made, updated, and given a manager', async () => {
    assert.equal(await entra.testConnection(), true);
    assert.equal(await entra.match('ada@example.com'), null);
    const boss = await entra.create({ userPrincipalName: 'boss@example.com' });
    const id = await entra.create({ userPrincipalName: 'ada@example.com', displayName: 'Ada Byron' });
    assert.equal(await entra.match('ADA@example.com'), id);
    await entra.update(id, {
      'name.familyName': 'King',
      [`${ENTERPRISE}:department`]: 'Numbers',
      'emails[type eq "work"].value': 'ada.king@example.com',
    });
    await entra.updateAtOnce(id, { 'name.givenName': 'Augusta', [`${ENTERPRISE}:employeeNumber`]: '7' });
    await entra.setManager(id, boss);
    assert.ok(await entra.hasManager(id, boss));
    assert.ok(!(await entra.hasManager(boss, id)));
    const user = await entra.read(id);
    assert.deepEqual(user?.['name'], { formatted: 'Ada Byron', givenName: 'Augusta', familyName: 'King' });
    const { department, employeeNumber, manager } = (user?.[ENTERPRISE] ?? {}) as Body;
    assert.deepEqual([department, employeeNumber, (manager as Body)['value']], ['Numbers', '7', boss]);
  });

  for (const [spelling, client, proof] of [
    ['False', entra, 'scim.tokens[0]'],
    ['boolean', entra, 'scim.tokens[0]'],
    ['false', signed, 'scim.entraJwt (key '],
  ] as const) {
    await t.test(
      `proved by ${proof.split(' ')[0]}: made, disabled as ${spelling}, enabled, in the recycle bin, deleted for good`,
      async () => {
        const signals = await liveInEntra(service, client, spelling);
        const signal = { connection: client === signed ? 'entra-signed' : 'entra-main', disposition: 'accepted' };
        assert.partialDeepStrictEqual(signals, [
          { ...signal, kind: 'scim.user.deleted' },
          { ...signal, kind: 'scim.user.deactivated' },
          { ...signal, kind: 'scim.user.activated', disposition: 'ignored' },
          { ...signal, kind: 'scim.user.deactivated' },
        ]);
        assert.ok(signals.length === 4 && signals.every(({ verifiedBy }) => verifiedBy.startsWith(proof)), JSON.stringify(signals));
      },
    );
  }

  for (const [how, leave, comeBack] of [
    ['enabled again', async (id: string) => await entra.disable(id), async (id: string) => await entra.enable(id)],
    ['restored from the recycle bin', entra.softDelete, entra.restore],
  ] as const) {
    await t.test(`whoever is ${how} while the case is open stops it until somebody decides`, async () => {
      const email = `${how.split(' ')[0]}@example.com`;
      service.fastio.scenario.addUser({ email });
      const id = await entra.create({ userPrincipalName: email });
      const hold = service.fastio.pause({ call: 'resolve', subject: email }, 'before-effect');
      await leave(id, email);
      await hold.arrived;
      await comeBack(id, email);
      hold.release();
      const held = await service.untilState(email, 'held');
      assert.match(String(held.reason), /active again \(scim\.user\.activated\)/);
      assert.deepEqual(
        held.signals.map(({ kind }) => kind),
        ['scim.user.deactivated', 'scim.user.activated'],
      );
    });
  }

  await t.test('a group is made, and members come and go in both forms', async () => {
    const group = await entra.createGroup('Team');
    assert.equal(await entra.createGroup('team'), group);
    await entra.addMember(group, 'a');
    await entra.addMember(group, 'b');
    await entra.addMember(group, 'b');
    await entra.removeMember(group, 'a', 'value');
    const members = async () => (await service.scim('GET', `/Groups/${group}`, { connection: 'entra-main' })).body['members'] as Body[];
    assert.deepEqual(
      (await members()).map(({ value }) => value),
      ['b'],
    );
    await entra.removeMember(group, 'b', 'path');
    assert.deepEqual(await members(), []);
  });
});

/** Somebody comes, leaves, comes back, leaves once more, and is forgotten; what was recorded of it, newest first. */
async function liveInEntra(service: ScimService, entra: EntraProvisioning, spelling: EntraSpelling): Promise<Recorded[]> {
  const email = `${spelling === 'false' ? 'lower' : spelling.toLowerCase()}@example.com`;
  const work = async (): Promise<string> => service.fastio.scenario.addUser({ email, sessions: 1 }).id;
  const isOut = (account: string): boolean => !service.fastio.leftovers(account).member;
  const first = await work();
  assert.equal(await entra.testConnection(), true);
  assert.equal(await entra.match(email), null);
  const id = await entra.create({ userPrincipalName: email });
  await entra.update(id, { title: 'Engineer' });
  assert.deepEqual(await casesOf(service, email), [], 'so far nobody leaves');

  assert.equal((await entra.disable(id, spelling)).body['active'], false);
  await service.untilState(email, 'completed');
  assert.ok(isOut(first));
  assert.equal(await entra.match(email), id, 'who is disabled stays visible');
  await entra.disable(id, spelling);

  assert.equal((await entra.enable(id)).body['active'], true);
  const second = await work();
  const binned = await entra.softDelete(id, email, spelling);
  await eventually('the person is taken out again', () => isOut(second));
  assert.equal((await service.untilState(email, 'completed')).signals.length, 1);
  assert.deepEqual([await entra.match(email), await entra.match(binned)], [null, id], 'the name is free');
  assert.deepEqual([(await entra.read(id))?.['active'], (await entra.read(id))?.['title']], [false, 'Engineer']);

  await entra.delete(id);
  await entra.delete(id);
  assert.deepEqual([await entra.read(id), await entra.match(binned)], [null, null]);
  return (await recordedSignals(service)).filter(({ eventId }) => eventId.startsWith(id));
}
