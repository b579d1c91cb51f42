import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHttpClient } from '../../../src/outbound/outbound.ts';
import { createLiveClient } from '../../../src/targets/fastio-live/client.ts';
import { DIALECT } from '../../../src/targets/fastio-live/dialect.ts';
import { keptLog } from '../support/log-lines.ts';
import { movingClock } from '../support/moving-clock.ts';
import { answer, type Scene, scriptedServer } from '../support/scripted-server.ts';

const WORKSPACE = { kind: 'workspace', id: '11' } as const;
const YES = answer(200, { result: true });

async function clientAgainst(t: TestContext, scenes: readonly Scene[]) {
  const { url, seen } = await scriptedServer(t, scenes);
  const http = createHttpClient({
    name: 'live',
    baseUrl: `${url}/current/`,
    headers: () => ({ authorization: 'Bearer key' }),
    credential: 'targets[live].token',
    timeoutMs: 300,
    retry: { attempts: 1, minDelayMs: 1, maxDelayMs: 10 },
    clock: movingClock(),
    log: keptLog().log,
    dialect: DIALECT,
  });
  t.after(async () => await http.close());
  return { api: createLiveClient(http, { id: 'live', orgId: '7' }, { signal: AbortSignal.timeout(5_000) }), seen };
}

test('changes are forms on paths that end with a slash, with the singular for changes of a member and the plural for coming and going', async (t) => {
  const { api, seen } = await clientAgainst(
    t,
    Array.from({ length: 5 }, () => YES),
  );
  await api.addMember(WORKSPACE, '22', 'admin');
  await api.updateMember({ kind: 'share', id: '33' }, '22', { permissions: 'view', expires: '2026-03-02 08:01:00' });
  await api.transferOwnership(WORKSPACE, '22');
  await api.removeMember({ kind: 'org', id: '7' }, '22');
  await api.cancelInvitation(WORKSPACE, 'inv-1');
  assert.deepEqual(
    seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()),
    [
      'POST /current/workspace/11/members/22/ permissions=admin',
      'POST /current/share/33/member/22/update/ permissions=view&expires=2026-03-02+08%3A01%3A00',
      'POST /current/workspace/11/member/22/transfer_ownership/',
      'DELETE /current/org/7/members/22/',
      'DELETE /current/workspace/11/members/invitation/inv-1/',
    ],
  );
  const types = seen.filter(({ method }) => method === 'POST').map(({ headers }) => headers['content-type']);
  assert.deepEqual(new Set(types), new Set(['application/x-www-form-urlencoded']));
});

for (const whom of ['', 'me', 'ME', 'lee@example.com', '.', '..', '22/..', '22?x=1']) {
  test(`a change of a member who is called ${JSON.stringify(whom)} never leaves: it would reach the caller or somebody else`, async (t) => {
    const { api, seen } = await clientAgainst(t, []);
    const changes = [
      () => api.removeMember(WORKSPACE, whom),
      () => api.transferOwnership(WORKSPACE, whom),
      () => api.updateMember(WORKSPACE, whom, { permissions: 'guest' }),
      () => api.addMember(WORKSPACE, whom, 'admin'),
    ];
    for (const change of changes) {
      await assert.rejects(async () => await change(), /was not made, because .* is not the id of an account/);
    }
    assert.equal(seen.length, 0);
  });
}

test('an invitation without an id is not cancelled, since what would be left of its path is the place itself', async (t) => {
  const { api, seen } = await clientAgainst(t, []);
  await assert.rejects(async () => await api.cancelInvitation(WORKSPACE, ''), /a part of its path is ""/);
  assert.equal(seen.length, 0);
});

test('events are asked for by the names that the vendor writes with hyphens', async (t) => {
  const { api, seen } = await clientAgainst(t, [answer(200, { result: true, events: null })]);
  assert.deepEqual(await api.events('removed_member_from_org', '2026-03-01 08:00:00'), { kind: 'list', items: [] });
  const { pathname, searchParams } = new URL(seen[0]?.url ?? '', 'http://x');
  assert.equal(pathname, '/current/events/search/');
  assert.deepEqual(Object.fromEntries(searchParams), {
    org_id: '7',
    subcategory: 'members',
    visibility: 'external_audit_log',
    event: 'removed_member_from_org',
    'created-min': '2026-03-01 08:00:00',
    limit: '100',
    offset: '0',
  });
});

test('a member is read in each spelling of its fields, with ids that come as numbers', async (t) => {
  const rows = [
    { id: '1', email: 'a@example.com', permissions: 'Owner', status: 'active', invite: null },
    { user_id: 1234567890, email_address: null, permission: 'guest', expiration: '2026-04-01 00:00:00' },
    { id: null, email: 'b@example.com', permission_level: 'view', status: 'pending', invite: { id: 99, created: 'x' } },
  ];
  const { api } = await clientAgainst(t, [answer(200, { result: 'yes', response: { users: rows } })]);
  const members = await api.members(WORKSPACE);
  assert.ok(members.kind === 'list');
  assert.deepEqual(
    members.items.map(({ id, email, role, status, expires, invite }) => [id, email, role, status, expires ?? null, invite?.id ?? null]),
    [
      ['1', 'a@example.com', 'owner', 'active', null, null],
      ['1234567890', null, 'guest', 'active', '2026-04-01 00:00:00', null],
      [null, 'b@example.com', 'view', 'pending', null, '99'],
    ],
  );
});

test('an active member without an id is refused with its place, for nobody could be taken out by it', async (t) => {
  const rows = [{ email: 'a@example.com', permissions: 'member', status: 'active' }];
  const { api } = await clientAgainst(t, [answer(200, { result: true, users: rows })]);
  const members = await api.members(WORKSPACE);
  assert.ok(members.kind === 'fault' && members.cause === 'misshapen');
  assert.match(members.message, /users\.0\.id: is missing/);
});
