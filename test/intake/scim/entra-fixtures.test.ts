import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf } from '../support/recorded.ts';
import { type Body, fixture, fixtureNames, makeUser, sendFixture, startScim } from './support/directory.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const connection = 'entra-main';

test('every request that Microsoft publishes is answered as Entra expects', async (t) => {
  const service = await startScim(t);
  const sent = new Set<string>();
  const send = async (name: string, id?: string) => {
    sent.add(name);
    return await sendFixture(service, await fixture('entra-scim', name), { connection, ...(id !== undefined && { id }) });
  };
  const read = async (path: string): Promise<Body> => (await service.scim('GET', path, { connection })).body;
  let user = '';

  await t.test('Test Connection finds nobody: 200 with an empty list', async () => {
    const { status, body } = await send('users-filter-username-none');
    assert.deepEqual([status, body['totalResults'], body['Resources']], [200, 0, []]);
  });

  await t.test('a user is made, without the roles that are none', async () => {
    const { body: published } = await fixture('entra-scim', 'users-create');
    const { status, body } = await send('users-create');
    assert.equal(status, 201);
    for (const name of ['userName', 'externalId', 'active', 'emails', 'name']) {
      assert.deepEqual(body[name], published?.[name], name);
    }
    assert.equal(body['roles'], undefined);
    user = String(body['id']);
  });

  await t.test('the user is matched by name', async () => {
    const { status, body } = await send('users-filter-username-match');
    assert.deepEqual([status, body['totalResults'], (body['Resources'] as Body[])[0]?.['id']], [200, 1, user]);
  });

  await t.test('an id that nobody has is a 404 whose status is a text', async () => {
    const { response } = await fixture('entra-scim', 'users-get-not-found');
    const { status, headers, body } = await send('users-get-not-found');
    assert.equal(status, 404);
    assert.match(String(headers['content-type']), /^application\/scim\+json/);
    assert.deepEqual([body['schemas'], body['status']], [response?.body?.['schemas'], response?.body?.['status']]);
  });

  await t.test('attributes change one by one, elements by what they are', async () => {
    assert.equal((await send('users-patch-replace-multi-valued-and-name', user)).status, 200);
    const { emails, name } = await read(`/Users/${user}`);
    assert.deepEqual(emails, [{ primary: true, type: 'work', value: 'updatedEmail@microsoft.com' }]);
    assert.equal((name as Body)['familyName'], 'updatedFamilyName');
  });

  await t.test('six attributes change at once, one of them of the enterprise extension', async () => {
    const { body } = await send('users-patch-replace-six-attributes-legacy', user);
    assert.deepEqual([body['displayName'], body['externalId']], ['Pvlo', 'Eqpj']);
    assert.deepEqual(body['name'], { formatted: 'givenName familyName', familyName: 'Pkqf', givenName: 'Gtfd' });
    assert.deepEqual(body[ENTERPRISE], { employeeNumber: 'Eqpj' });
    assert.deepEqual(body['schemas'], ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE]);
  });

  await t.test('a name is added, and the user name changes', async () => {
    assert.equal((await send('users-patch-add-nickname', user)).body['nickName'], 'Babs');
    const { body } = await send('users-patch-replace-username', user);
    assert.equal(body['userName'], '5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com');
  });

  await t.test('a manager without the URN, as a list of one reference, is the manager', async () => {
    const { body } = await send('users-patch-add-manager-ref-array', user);
    const manager = (body[ENTERPRISE] as Body)['manager'] as Body;
    assert.equal(manager['value'], '00aa00aa-bb11-cc22-dd33-44ee44ee44ee');
    const found = await read(`/Users?filter=id eq "${user}" and manager eq "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"&attributes=id`);
    assert.deepEqual(
      (found['Resources'] as Body[]).map(({ id }) => id),
      [user],
    );
  });

  await t.test('a group is made, found and read without its members, and changed in both ways of removing', async () => {
    const made = await send('groups-create');
    assert.deepEqual([made.status, made.body['schemas']], [201, ['urn:ietf:params:scim:schemas:core:2.0:Group']]);
    const group = String(made.body['id']);
    assert.equal((await send('groups-patch-add-member', group)).status, 204);
    const flagged = '7f4bc1a3-285e-48ae-8202-5accb43efb0e';
    const body = { Operations: [{ op: 'Add', path: 'members', value: [{ $ref: null, value: flagged }] }] };
    await service.scim('PATCH', `/Groups/${group}`, { connection, body });
    const members = async () => ((await read(`/Groups/${group}`))['members'] as Body[]).map(({ value }) => value);
    assert.deepEqual(await members(), ['f648f8d5ea4e4cd38e9c', flagged]);

    const found = await send('groups-filter-excluded-members');
    const [listed] = found.body['Resources'] as Body[];
    assert.deepEqual([listed?.['id'], listed?.['members']], [group, undefined]);
    const whole = await send('groups-get-excluded-members', group);
    assert.deepEqual([whole.status, whole.body['displayName'], 'members' in whole.body], [200, 'displayName', false]);

    assert.equal((await send('groups-patch-remove-member-legacy-value', group)).status, 204);
    assert.deepEqual(await members(), [flagged], 'only the member that was named is gone');
    assert.equal((await send('groups-patch-remove-member-flag', group)).status, 204);
    assert.deepEqual(await members(), []);
  });

  for (const name of [
    'users-disable-boolean-tutorial',
    'users-disable-legacy-string-False',
    'users-disable-flag-aadOptscim062020',
    'reference-patch-active-boolean',
  ]) {
    await t.test(`${name} disables the user, who then stays visible, and opens a case`, async () => {
      const email = `${name.toLowerCase()}@example.com`;
      service.fastio.scenario.addUser({ email });
      const id = await makeUser(service, email, {}, connection);
      const { status, body } = await send(name, id);
      assert.deepEqual([status, body['active']], [200, false]);
      assert.equal((await read(`/Users/${id}`))['active'], false);
      assert.equal((await read(`/Users?filter=userName eq "${email}"`))['totalResults'], 1);
      await service.untilState(email, 'completed');
      assert.equal((await casesOf(service, email)).length, 1);
    });
  }

  await t.test('a hard delete is 204, then nobody is there, and it opens a case', async () => {
    service.fastio.scenario.addUser({ email: 'purged@example.com' });
    const id = await makeUser(service, 'purged@example.com', {}, connection);
    assert.equal((await send('users-delete', id)).status, 204);
    assert.equal((await send('users-delete', id)).status, 404);
    const { signals } = await service.untilState('purged@example.com', 'completed');
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      ['scim.user.deleted'],
    );
  });

  assert.deepEqual([...sent].sort(), (await fixtureNames('entra-scim')).sort(), 'a published request was not sent');
});
