import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeIn, fastioFor, standingClock } from './fastio-client.ts';

test('resolve shows members in the documented shape and matches the e-mail whatever its case', async (t) => {
  const { fastio, members } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'Ada@example.com', name: 'Ada', role: 'admin' });
  fastio.scenario.addUser({ email: 'bob@example.com' });
  const { status, json } = await members('?email=ada%40EXAMPLE.com&limit=100&offset=0');
  assert.equal(status, 200);
  assert.deepEqual(json, {
    members: [{ user_id: id, email: 'Ada@example.com', name: 'Ada', role: 'admin', status: 'active' }],
    pagination: { total: 1, limit: 100, offset: 0, has_more: false },
  });
});

test('a server that ignores the e-mail filter shows everybody', async (t) => {
  const seed = { users: [{ email: 'ada@example.com' }, { email: 'ada@example.com.evil' }] };
  const { members } = await fastioFor(t, { ignoreEmailFilter: true, seed });
  const { json } = await members('?email=ada@example.com');
  assert.equal((json['members'] as unknown[]).length, 2);
});

test('two members with the same e-mail are both shown', async (t) => {
  const { members } = await fastioFor(t, { seed: { users: [{ email: 'ada@example.com' }, { email: 'ADA@example.com' }] } });
  assert.equal(((await members('?email=ada@example.com')).json['members'] as unknown[]).length, 2);
});

test('pages never overlap, never leave a row out, and end with has_more false', async (t) => {
  const { fastio, workspacesOf } = await fastioFor(t, { pageSize: 2 });
  const { id: ownerId } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const made = [1, 2, 3, 4, 5].map(() => fastio.scenario.addWorkspace({ ownerId }).id);
  const seen: string[] = [];
  for (let more = true; more; ) {
    const { json } = await workspacesOf(ownerId, `?limit=100&offset=${seen.length}`);
    seen.push(...(json['workspaces'] as { id: string }[]).map(({ id }) => id));
    assert.equal((json['pagination'] as { limit: number }).limit, 2);
    more = (json['pagination'] as { has_more: boolean }).has_more;
  }
  assert.deepEqual(seen, made);
});

test('ids have 19 digits and neighbours become equal when they are read as numbers', async (t) => {
  const { fastio } = await fastioFor(t);
  const [one, two] = ['a@example.com', 'b@example.com'].map((email) => fastio.scenario.addUser({ email }).id);
  assert.match(String(one), /^\d{19}$/);
  assert.notEqual(one, two);
  assert.equal(Number(one), Number(two));
});

test('suspending and releasing change the status once and may be repeated', async (t) => {
  const { fastio, suspend, activate } = await fastioFor(t);
  const { id, email } = fastio.scenario.addUser({ email: 'ada@example.com' });
  for (const _ of [1, 2]) assert.deepEqual((await suspend(id)).json, { user: { id, email, status: 'suspended' } });
  for (const _ of [1, 2]) assert.deepEqual((await activate(id)).json, { user: { id, email, status: 'active' } });
  assert.deepEqual(
    fastio.effects.map(({ kind }) => kind),
    ['user.suspended', 'user.activated'],
  );
  assert.deepEqual(
    fastio.requests.map(({ call, effect }) => [call, effect]),
    [
      ['suspend', true],
      ['suspend', false],
      ['release', true],
      ['release', false],
    ],
  );
});

test('revocations count what was there, and zero when they are repeated', async (t) => {
  const { fastio, suspend, revokeSessions, deleteTokens } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com', sessions: 2, locks: 1, tokens: 1 });
  fastio.scenario.giveSessions(id, 1);
  fastio.scenario.giveTokens(id, 1);
  await suspend(id);
  assert.deepEqual((await revokeSessions(id)).json, { revoked: 3, locks_released: 1 });
  assert.deepEqual((await revokeSessions(id)).json, { revoked: 0, locks_released: 0 });
  assert.deepEqual((await deleteTokens(id)).json, { deleted: 2 });
  assert.deepEqual((await deleteTokens(id)).json, { deleted: 0 });
});

test('a server with bare answers revokes with 204', async (t) => {
  const { fastio, suspend, revokeSessions, deleteTokens } = await fastioFor(t, { bareAnswers: true });
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com', sessions: 1, tokens: 1 });
  await suspend(id);
  assert.deepEqual([(await revokeSessions(id)).status, (await deleteTokens(id)).status], [204, 204]);
  assert.deepEqual([fastio.leftovers(id).sessions, fastio.leftovers(id).tokens], [0, 0]);
});

test('webhooks of the whole organisation are listed, and a deleted one is gone', async (t) => {
  const { fastio, get, suspend, deleteWebhook } = await fastioFor(t);
  const { id: userId } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const hook = fastio.scenario.addWebhook({ userId, appId: 'app-1', url: 'https://hooks.example.com/1' });
  const { json } = await get('/api/v1/webhooks');
  assert.deepEqual(json['webhooks'], [{ id: hook.id, user_id: userId, app_id: 'app-1', url: 'https://hooks.example.com/1' }]);
  await suspend(userId);
  assert.deepEqual([(await deleteWebhook(hook.id)).status, (await deleteWebhook(hook.id)).status], [204, 404]);
});

test('a transferred workspace changes inventories, and its repeat changes nothing', async (t) => {
  const { fastio, suspend, workspacesOf, transfer } = await fastioFor(t);
  const [from, to] = ['ada@example.com', 'bob@example.com'].map((email) => fastio.scenario.addUser({ email }).id) as [string, string];
  const { id } = fastio.scenario.addWorkspace({ ownerId: from, name: 'Plans', storageBytes: 7 });
  await suspend(from);
  for (const _ of [1, 2]) {
    const { status, json } = await transfer(id, to);
    assert.deepEqual({ status, json }, { status: 200, json: { workspace: { id, owner_id: to } } });
  }
  assert.deepEqual((await workspacesOf(from)).json['workspaces'], []);
  assert.deepEqual((await workspacesOf(to)).json['workspaces'], [{ id, name: 'Plans', owner_id: to, storage_bytes: 7 }]);
  assert.equal(fastio.effects.filter(({ kind }) => kind === 'workspace.transferred').length, 1);
  assert.deepEqual(fastio.violations, []);
});

test('an accepted transfer answers 202, leaves the inventory later, and takes no other owner meanwhile', async (t) => {
  const clock = standingClock();
  const { fastio, suspend, workspacesOf, transfer } = await fastioFor(t, { clock, acceptedTransfers: { afterMs: 60_000 } });
  const [from, to, other] = ['a@x.example', 'b@x.example', 'c@x.example'].map((email) => fastio.scenario.addUser({ email }).id) as [
    string,
    string,
    string,
  ];
  const { id } = fastio.scenario.addWorkspace({ ownerId: from });
  await suspend(from);
  assert.deepEqual([(await transfer(id, to)).status, (await transfer(id, to)).status, (await transfer(id, other)).status], [202, 202, 409]);
  clock.move(59_999);
  assert.equal(((await workspacesOf(from)).json['workspaces'] as unknown[]).length, 1);
  clock.move(1);
  assert.deepEqual((await workspacesOf(from)).json['workspaces'], []);
  assert.equal((await transfer(id, to)).status, 200);
  assert.deepEqual(fastio.effects.map(({ kind }) => kind).slice(1), ['workspace.transferred']);
  assert.deepEqual(fastio.violations, []);
});

test('a transfer beyond the new owner’s quota is refused, counting what is already on its way', async (t) => {
  const { fastio, suspend, transfer } = await fastioFor(t, { acceptedTransfers: { afterMs: 60_000 } });
  const { id: from } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const { id: to } = fastio.scenario.addUser({ email: 'bob@example.com', storageQuotaBytes: 100 });
  const [first, second] = [60, 41].map((storageBytes) => fastio.scenario.addWorkspace({ ownerId: from, storageBytes }).id);
  await suspend(from);
  assert.equal((await transfer(String(first), to)).status, 202);
  const refused = await transfer(String(second), to);
  assert.deepEqual([refused.status, codeIn(refused)], [409, 'quota_exceeded']);
});

test('a removed member is gone for every call, and a second removal finds nobody', async (t) => {
  const { fastio, members, suspend, remove, workspacesOf } = await fastioFor(t);
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  await suspend(id);
  assert.deepEqual([(await remove(id)).status, (await remove(id)).status], [204, 404]);
  assert.deepEqual((await members()).json['members'], []);
  assert.deepEqual([(await workspacesOf(id)).status, (await suspend(id)).status], [404, 404]);
  assert.equal(fastio.leftovers(id).member, false);
  assert.deepEqual(fastio.violations, []);
});

test('the audit log tells of every change, filtered as asked, once its delay has passed', async (t) => {
  const clock = standingClock();
  const { fastio, suspend, remove, audit } = await fastioFor(t, { clock, auditDelayMs: 5_000, actorId: '4860000000000000777' });
  const { id } = fastio.scenario.addUser({ email: 'ada@example.com' });
  const { id: other } = fastio.scenario.addUser({ email: 'bob@example.com' });
  const removedAt = clock.now().toISOString();
  for (const userId of [id, other]) await suspend(userId);
  await remove(id);
  const query = `?user_id=${id}&event=user.deleted&limit=100&offset=0`;
  assert.deepEqual((await audit(query)).json['audit_logs'], []);
  clock.move(5_000);
  const rows = (await audit(query)).json['audit_logs'] as Record<string, unknown>[];
  const [{ id: entryId, ...row } = {}] = rows;
  assert.match(String(entryId), /^\d{19}$/);
  assert.equal(rows.length, 1);
  assert.deepEqual(row, { event: 'user.deleted', user_id: id, actor_id: '4860000000000000777', created_at: removedAt });
});
