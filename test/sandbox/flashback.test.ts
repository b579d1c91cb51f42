import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type FlashbackOptions, startFlashback } from '../../src/sandbox/flashback/flashback.ts';

async function stage(t: TestContext, options: FlashbackOptions = {}) {
  const flashback = await startFlashback({ caller: { id: 'service' }, ...options });
  t.after(async () => await flashback.close());
  flashback.scenario.addPerson({ id: 'lee', email: 'lee@example.com' });
  flashback.scenario.addPerson({ id: 'sue', email: 'sue@example.com', orgRole: 255 });
  flashback.scenario.addWorkspace({ id: 'ws', members: { lee: 'ADMIN', sue: 'ADMIN' } });
  const call = async (what: string, body?: object) => {
    const [method = '', where = ''] = what.split(' ');
    const headers = { authorization: `Bearer ${flashback.token}`, ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(`${flashback.url}${where}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text };
  };
  return { flashback, call, spoken: async (what: string, body?: object) => Object.values(await call(what, body)) };
}

const no = (message: string) => ({ success: false, message });

test('every documented answer to the removal of a member is given when its cause is there', async (t) => {
  const { flashback, spoken } = await stage(t);
  const { scenario } = flashback;
  const REMOVE = 'DELETE /workspace/ws/users/lee';
  scenario.changePerson('service', { validated: false });
  assert.deepEqual(await spoken(REMOVE), [400, no('User not found or account is not validated')]);
  scenario.changePerson('service', { validated: true });
  scenario.setMember('ws', 'service', 'WRITE');
  assert.deepEqual(await spoken(REMOVE), [403, no('Insufficient permissions to manage workspace users')]);
  scenario.setMember('ws', 'service', 'ADMIN');
  assert.deepEqual(await spoken(REMOVE), [200, { success: true }]);
  assert.deepEqual(await spoken(REMOVE), [404, no('User not found in workspace')]);
  assert.deepEqual(flashback.violations, []);
  assert.deepEqual(
    flashback.effects.map(({ kind, userId, workspaceId }) => [kind, userId, workspaceId]),
    [['member.removed', 'lee', 'ws']],
  );
});

test('a workspace answers 404 when it is unknown and when it is not for the caller, as does a caller who is unknown', async (t) => {
  const { flashback, spoken } = await stage(t);
  flashback.scenario.setMember('ws', 'service', null);
  assert.deepEqual(await spoken('GET /workspace/ws'), [404, no('Workspace not found or access denied')]);
  assert.deepEqual(await spoken('GET /workspace/none'), [404, no('Workspace not found or access denied')]);
  assert.deepEqual(await spoken('GET /workspace'), [200, { success: true, workspaces: [] }]);
});

test('the list of people refuses without a word, and one person comes bare', async (t) => {
  const { flashback, call, spoken } = await stage(t);
  const person = await call('GET /organization/users/lee');
  assert.equal((person.body as { id: string }).id, 'lee');
  flashback.scenario.changePerson('service', { orgRole: 1 });
  assert.deepEqual(await spoken('GET /organization/users'), [403, { success: false, data: [], total: 0 }]);
});

test('a deletion is soft, and activation takes it back', async (t) => {
  const { flashback, call, spoken } = await stage(t);
  flashback.scenario.setMember('ws', 'lee', null);
  assert.equal((await call('DELETE /organization/users/lee')).status, 200);
  assert.deepEqual(await spoken('DELETE /organization/users/lee'), [404, no('User not found')]);
  assert.ok(flashback.people['lee']?.deletedAt);
  assert.equal((await call('POST /organization/users/lee/activate')).status, 200);
  assert.deepEqual(await spoken('POST /organization/users/lee/activate'), [400, no('User is not deleted')]);
  assert.deepEqual(flashback.violations, []);
});

for (const [what, violation] of [
  ['DELETE /workspace/ws/users/service', /^self-removal: .* workspace ws$/],
  ['DELETE /organization/users/service', /^self-removal: .* the organization$/],
  ['POST /sessions/revoke-all', /^a call that acts on the session or the account of the caller/],
  ['DELETE /token/1', /^a call that acts on the session/],
  ['POST /mfa/reset', /^a call that acts on the session/],
  ['POST /user/deactivate', /^a call that acts on the session/],
  ['DELETE /organization/users/lee', /^lee was deleted while still a member of workspace ws, which the caller administers$/],
  ['DELETE /workspace/ws/users/sue', /^sue, who is not a leaver, was to be taken out of workspace ws$/],
  ['DELETE /repo/1/apikey/2', /^unknown route: DELETE \/repo/],
] as const) {
  test(`${what} is a violation`, async (t) => {
    const { flashback, call } = await stage(t);
    flashback.expectLeaver('lee');
    await call(what);
    assert.match(flashback.violations[0] ?? '', violation);
  });
}

test('a workspace that is left without a human ADMIN is a violation', async (t) => {
  const { flashback, call } = await stage(t);
  flashback.scenario.setMember('ws', 'sue', 'WRITE');
  await call('DELETE /workspace/ws/users/lee');
  assert.deepEqual(flashback.violations, ['workspace ws was left without a human ADMIN']);
});

test('reads can lag behind, and lists can lack what their total counts', async (t) => {
  const { flashback, call } = await stage(t, { pageSize: 1 });
  await call('DELETE /workspace/ws/users/lee');
  flashback.scenario.lag(1);
  assert.match(JSON.stringify(await call('GET /workspace/ws')), /lee@example/);
  assert.doesNotMatch(JSON.stringify(await call('GET /workspace/ws')), /lee@example/);
  const { data, total } = (await call('GET /organization/users')).body as { data: unknown[]; total: number };
  assert.deepEqual([data.length, total], [1, 3]);
});

test('a page of HTML, a lost answer and a token that ran out come on request', async (t) => {
  const { flashback, call } = await stage(t);
  flashback.fail(/^GET \/workspace$/, { status: 500, text: '<html>' });
  assert.deepEqual(await call('GET /workspace'), { status: 500, body: '<html>' });
  flashback.fail(/^DELETE /, 'reset', { afterEffect: true });
  await assert.rejects(call('DELETE /workspace/ws/users/lee'));
  assert.deepEqual(flashback.membershipsOf('lee'), []);
  const { token } = flashback;
  flashback.scenario.expireToken();
  assert.notEqual(flashback.token, token);
  const refreshed = await call('POST /user/refresh', { refreshToken: 'flashback-sandbox-refresh' });
  assert.equal((refreshed.body as { accessToken: string }).accessToken, flashback.token);
  assert.equal((await call('POST /user/refresh', { refreshToken: 'flashback-sandbox-refresh' })).status, 401);
});
