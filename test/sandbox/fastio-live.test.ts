import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type LiveOptions, startFastioLive, tooOften } from '../../src/sandbox/fastio-live/fastio-live.ts';

async function stage(t: TestContext, options: LiveOptions = {}) {
  const live = await startFastioLive({ caller: { id: 'service' }, ...options });
  t.after(async () => await live.close());
  const { scenario, orgId } = live;
  scenario.addUser({ id: 'lee', email: 'lee@example.com' });
  scenario.addUser({ id: 'sue', email: 'sue@example.com' });
  scenario.addWorkspace({ id: 'ws', members: { lee: 'owner', sue: 'member' } });
  live.expectLeaver('lee');
  const call = async (what: string, form: Record<string, string> = {}, type?: string) => {
    const [method = '', where = ''] = what.replace('ORG', orgId).split(' ');
    const body = new URLSearchParams(form);
    const headers = { authorization: `Bearer ${live.token}`, ...(type !== undefined && { 'content-type': type }) };
    const response = await fetch(`${live.url}${where}`, { method, headers, ...(body.size > 0 && { body }) });
    const text = await response.text();
    const read = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
    const { code } = (read['error'] ?? {}) as { code?: unknown };
    return { status: response.status, code, body: read };
  };
  return { live, call };
}

test('whoever hands over stays as an admin, and can be taken out then and not before', async (t) => {
  const { live, call } = await stage(t);
  assert.equal((await call('POST /workspace/ws/member/sue/transfer_ownership/')).status, 200);
  assert.deepEqual(live.membershipsOf('lee'), [`org/${live.orgId}: member`, 'workspace/ws: admin']);
  assert.equal((await call('DELETE /workspace/ws/members/lee/')).status, 200);
  assert.equal((await call('DELETE /org/ORG/members/lee/')).status, 200);
  const { body } = await call('GET /events/search/?org_id=ORG&event=removed_member_from_org');
  assert.equal((body['events'] as { user_id: string }[])[0]?.user_id, 'lee');
  assert.deepEqual(live.violations, []);
  assert.deepEqual(
    live.effects.map(({ kind }) => kind),
    ['ownership.transferred', 'member.removed', 'member.removed'],
  );
});

test('a 404 means an unknown place, an unknown member or an unknown call, and its code says which', async (t) => {
  const { live, call } = await stage(t);
  assert.deepEqual(
    (
      await Promise.all([call('GET /workspace/none/members/list/'), call('DELETE /workspace/ws/members/4711/'), call('GET /webhooks/')])
    ).map(({ status, code }) => [status, code]),
    [
      [404, 1609],
      [404, 1653],
      [404, 9992],
    ],
  );
  live.scenario.setMember('ws', 'service', null);
  const closed = await call('GET /workspace/ws/members/list/');
  assert.deepEqual([closed.status, closed.code], [401, 10545]);
});

test('ownership goes to members only, by an account that may, and is not given by an update', async (t) => {
  const { live, call } = await stage(t);
  live.scenario.addUser({ id: 'new', email: 'new@example.com' });
  assert.equal((await call('POST /workspace/ws/member/new/transfer_ownership/')).code, 1670);
  assert.equal((await call('POST /org/ORG/member/sue/transfer_ownership/')).code, 1680);
  assert.equal((await call('POST /workspace/ws/member/lee/update/', { permissions: 'guest' })).code, 1670);
  assert.equal((await call('POST /workspace/ws/members/new/', { permissions: 'owner' })).code, 1605);
  assert.equal((await call('POST /workspace/ws/members/sue/', { permissions: 'admin' })).code, 1669);
});

test('an end of a membership ends it, one that has come is refused, and the organization knows none', async (t) => {
  const { live, call } = await stage(t);
  live.scenario.setMember('ws', 'lee', 'member');
  assert.equal((await call('POST /workspace/ws/member/lee/update/', { expires: '2020-01-01 00:00:00' })).code, 1605);
  assert.equal((await call('POST /workspace/ws/member/lee/update/', { expires: '2099-01-01 00:00:00' })).status, 200);
  assert.equal(live.profiles['ws']?.members['lee']?.expires, '2099-01-01 00:00:00');
  assert.equal((await call('POST /org/ORG/member/lee/update/', { expires: '2099-01-01 00:00:00' })).status, 200);
  assert.equal(live.profiles[live.orgId]?.members['lee']?.expires, null);
  live.scenario.setMember('ws', 'lee', 'member', '2020-01-01 00:00:00');
  assert.doesNotMatch(JSON.stringify((await call('GET /workspace/ws/members/list/')).body), /lee@/);
});

test('somebody without an account is invited, shows as pending, and the invitation can be cancelled', async (t) => {
  const { live, call } = await stage(t);
  await call('POST /org/ORG/members/out@example.com/', { permissions: 'member' });
  const id = live.profiles[live.orgId]?.invitations[0]?.id ?? '';
  const { body } = await call('GET /org/ORG/members/list/');
  const row = (body['users'] as { email: string; id: string | null; status: string }[]).find(({ email }) => email === 'out@example.com');
  assert.deepEqual([row?.id, row?.status], [null, 'pending']);
  assert.equal((await call(`DELETE /org/ORG/members/invitation/${id}/`)).status, 200);
  assert.equal((await call(`DELETE /org/ORG/members/invitation/${id}/`)).code, 1609);
});

for (const [what, violation] of [
  ['DELETE /workspace/ws/member/', /^self-removal: DELETE \/workspace\/ws\/member\/ makes the caller leave$/],
  ['DELETE /org/ORG/member/', /^self-removal/],
  ['DELETE /workspace/ws/members/service/', /^removal: the caller service itself/],
  ['DELETE /workspace/ws/members/me/', /^removal: service was named me in the path/],
  ['DELETE /workspace/ws/members/lee@example.com/', /^removal: lee was named lee@example\.com in the path/],
  ['DELETE /workspace/ws/members/sue/', /^removal: sue, who is not a leaver, in workspace ws$/],
  ['DELETE /workspace/ws/members/lee/', /^removal: lee is the owner of workspace ws$/],
  ['DELETE /org/ORG/members/lee/', /^removal: lee was taken out of the organization and still owned workspace ws$/],
  ['GET /workspace/ws/member/sue/transfer_ownership/', /^an ownership was handed over by a GET/],
  ['POST /user/auth/invalidate-all/', /^a call that acts on the account of the caller/],
  ['DELETE /oauth/sessions/', /^a call that acts on the account of the caller/],
  ['DELETE /workspace/ws/members/lee', /^a path without a slash at its end/],
  ['DELETE /workspace/ws/delete/', /^unknown route: DELETE \/workspace\/ws\/delete\/$/],
] as const) {
  test(`${what} is a violation`, async (t) => {
    const { live, call } = await stage(t);
    await call(what);
    assert.match(live.violations[0] ?? '', violation);
  });
}

test('an ownership that goes to a leaver is a violation, unless it goes back', async (t) => {
  const { live, call } = await stage(t);
  await call('POST /workspace/ws/member/sue/transfer_ownership/');
  await call('POST /workspace/ws/member/lee/transfer_ownership/');
  assert.deepEqual(live.violations, []);
  live.expectLeaver('sue');
  live.scenario.addWorkspace({ id: 'ws-2', members: { sue: 'member' } });
  await call('POST /workspace/ws-2/member/sue/transfer_ownership/');
  assert.deepEqual(live.violations, ['transfer: workspace ws-2 was given to sue, who is a leaver']);
});

test('a membership that outlives that of the organization is a violation', async (t) => {
  const { live, call } = await stage(t);
  live.scenario.setMember('ws', 'lee', 'guest');
  await call('DELETE /org/ORG/members/lee/');
  assert.deepEqual(live.violations, ['removal: lee was taken out of the organization and was still a member of workspace ws']);
});

test('it speaks in words, in a wrapper, in text and in pages on request, and refuses what is no form', async (t) => {
  const { live, call } = await stage(t, { saysYes: true, wrapped: true, codesAsText: true, pageSize: 1 });
  const { result, response } = (await call('GET /org/ORG/members/list/?limit=500&offset=1')).body as {
    result: string;
    response: Record<string, unknown>;
  };
  assert.deepEqual([result, response['pagination']], ['yes', { total: 4, limit: 1, offset: 1, has_more: true }]);
  const refused = await call('POST /workspace/ws/members/sue/', { permissions: 'admin' }, 'application/json');
  assert.deepEqual([refused.status, refused.code, refused.body['result']], [406, '1605', 'no']);
  live.fail(/./, tooOften({ now: new Date('2026-04-24T23:48:04Z'), seconds: 60, format: 'time' }));
  assert.deepEqual((await call('GET /user/auth/check/')).code, 1671);
  live.fail(/./, { status: 502, text: '<html>' });
  assert.deepEqual((await call('GET /user/auth/check/')).body, { text: '<html>' });
});

test('reads can lag behind, and events come late', async (t) => {
  const { live, call } = await stage(t, { eventDelay: 1 });
  live.scenario.setMember('ws', 'lee', 'member');
  await call('DELETE /workspace/ws/members/lee/');
  live.scenario.lag(1);
  const reads = [await call('GET /workspace/ws/members/list/'), await call('GET /workspace/ws/members/list/')];
  assert.deepEqual(
    reads.map(({ body }) => /lee@/.test(JSON.stringify(body))),
    [true, false],
  );
  const search = 'GET /events/search/?org_id=ORG';
  const found = [await call(search), await call(search)].map(({ body }) => (body['events'] as unknown[]).length);
  assert.deepEqual(found, [0, 1]);
  assert.equal((await call('GET /events/search/')).code, 10262);
});
