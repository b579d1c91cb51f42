import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '../support/rows.ts';
import { type Body, fixture, fixtureNames, makeUser, sendFixture, startScim } from './support/directory.ts';

/** Those that are answers, or not SCIM: what they are for is said where they are used. */
const NOT_SENT = ['users-create-duplicate-response', 'rest-user-get', 'rest-app-user-provisioned'];

test('every request that Okta publishes is answered as Okta expects', async (t) => {
  const service = await startScim(t);
  const sent = new Set(NOT_SENT);
  const send = async (name: string, id?: string, bodyWith: Body = {}) => {
    sent.add(name);
    const published = await fixture('okta-scim', name);
    return {
      published,
      answer: await sendFixture(service, published, { connection: 'okta-main', ...(id !== undefined && { id }), bodyWith }),
    };
  };
  let user = '';

  await t.test('a user whom nobody knows is an empty list, and no 404', async () => {
    const { published, answer } = await send('users-filter-username-no-match');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, published.response?.body);
  });

  await t.test('a user is made, with everything that was sent but the password', async () => {
    const { published, answer } = await send('users-create');
    assert.equal(answer.status, 201);
    const { id, meta, ...rest } = answer.body;
    const { id: _theirs, meta: theirMeta, ...expected } = published.response?.body ?? {};
    assert.deepEqual(rest, expected);
    assert.equal((meta as Body)['resourceType'], (theirMeta as Body)['resourceType']);
    assert.equal(answer.headers['location'], (meta as Body)['location']);
    user = String(id);
  });

  await t.test('the same user once more is a conflict', async () => {
    const { answer } = await send('users-create');
    const published = await fixture<{ status: number; body: Body }>('okta-scim', 'users-create-duplicate-response');
    assert.equal(answer.status, published.status);
    assert.deepEqual([answer.body['schemas'], answer.body['status']], [published.body['schemas'], '409']);
  });

  await t.test('the user is found whatever the case, and then read', async () => {
    const found = await service.scim('GET', '/Users?filter=userName eq "TEST.USER@okta.local"&startIndex=1&count=100');
    assert.equal(found.body['totalResults'], 1);
    const { published, answer } = await send('users-get-by-id', user);
    assert.equal(answer.status, 200);
    assert.equal(answer.body['userName'], published.response?.body?.['userName']);
  });

  await t.test('an import reads every user, in JSON numbers', async () => {
    const { answer } = await send('users-list-page-1');
    assert.deepEqual([answer.body['totalResults'], answer.body['startIndex'], answer.body['itemsPerPage']], [1, 1, 1]);
  });

  await t.test('a PUT is the whole user; the id by which Okta knows them stays when it is left out', async () => {
    const { published, answer } = await send('users-update-put', user);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body['name'], published.response?.body?.['name']);
    assert.deepEqual(answer.body['emails'], published.response?.body?.['emails']);
    assert.deepEqual([answer.body['displayName'], answer.body['externalId']], [undefined, '00ujl29u0le5T6Aj10h7']);
  });

  await t.test('a group is made, found by its name, changed and deleted', async () => {
    const made = await send('groups-create');
    assert.equal(made.answer.status, 201);
    assert.deepEqual([made.answer.body['displayName'], made.answer.body['members']], ['Test SCIMv2', []]);
    const group = String(made.answer.body['id']);
    const found = await send('groups-filter-displayname');
    assert.deepEqual(
      (found.answer.body['Resources'] as Body[]).map(({ id }) => id),
      [group],
    );
    const before = '89bb1940-b905-4575-9e7f-6f887cfb368e';
    await service.scim('PATCH', `/Groups/${group}`, { body: { Operations: [{ op: 'add', path: 'members', value: [{ value: before }] }] } });
    assert.equal((await send('groups-patch-remove-and-add-member', group)).answer.status, 204);
    const { body } = await service.scim('GET', `/Groups/${group}`);
    assert.deepEqual(
      (body['members'] as Body[]).map(({ value, display }) => [value, display]),
      [['23a35c27-23d3-4c03-b4c5-6443c09e7173', 'test.user@okta.local']],
    );
    assert.equal((await send('groups-delete', group)).answer.status, 204);
    assert.equal((await service.scim('GET', `/Groups/${group}`)).status, 404);
  });

  await t.test('a deactivation by PATCH without a path opens a case for the person', async () => {
    service.fastio.scenario.addUser({ email: 'test.user@okta.local' });
    const { published, answer } = await send('users-deactivate-patch-no-path', user);
    assert.equal(answer.status, published.response?.status);
    assert.equal(answer.body['active'], false);
    const { signals } = await service.untilState('test.user@okta.local', 'completed');
    assert.deepEqual(
      signals.map(({ channel, kind }) => [channel, kind]),
      [['scim', 'scim.user.deactivated']],
    );
  });

  await t.test('a deactivation by PUT is the same', async () => {
    service.fastio.scenario.addUser({ email: 'other.user@okta.local' });
    const other = await makeUser(service, 'other.user@okta.local');
    const emails = [{ primary: true, value: 'other.user@okta.local', type: 'work' }];
    const { answer } = await send('users-deactivate-put-COMPOSED', other, { id: other, userName: 'other.user@okta.local', emails });
    assert.deepEqual([answer.status, answer.body['active']], [200, false]);
    await service.untilState('other.user@okta.local', 'completed');
  });

  await t.test('the externalId of a user ties them to what Okta itself says of them', async () => {
    const { response } = await fixture('okta-scim', 'rest-user-get');
    const profile = response?.body?.['profile'] as Body;
    const login = String(profile['login']);
    await makeUser(service, login, { externalId: response?.body?.['id'] });
    const known = await rows<{ subject: string }>(
      service.databaseUrl,
      'select subject from person_identity join person on person.id = person_id where person.email_key = $1',
      [login],
    );
    assert.deepEqual(known, [{ subject: response?.body?.['id'] }]);
  });

  await t.test('an assigned user has the id of Okta as externalId here, and ours as externalId there', async () => {
    const assigned = await fixture<Body>('okta-scim', 'rest-app-user-provisioned');
    const okta = String(assigned['id']);
    const { user: of } = assigned['_links'] as { user: { href: string } };
    assert.ok(of.href.endsWith(`/users/${okta}`), 'the id of the assignment is the one of the user');
    const { userName } = assigned['credentials'] as { userName: string };
    const ours = await makeUser(service, userName, { externalId: okta });
    const { body } = await service.scim('GET', `/Users/${ours}`);
    assert.deepEqual({ id: body['externalId'], externalId: body['id'] }, { id: okta, externalId: ours });
    assert.notEqual(ours, okta);
    const known = await rows<{ subject: string }>(
      service.databaseUrl,
      'select subject from person_identity join person on person.id = person_id where person.email_key = $1',
      [userName],
    );
    assert.deepEqual(known, [{ subject: okta }], 'Okta speaks of the person by its own id, over every channel of the connection');
  });

  assert.deepEqual([...sent].sort(), (await fixtureNames('okta-scim')).sort(), 'a published request was not sent');
});
