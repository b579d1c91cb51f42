import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { request } from 'undici';
import { type Caller, fastioFor } from './fastio-client.ts';

interface Cast extends Caller {
  readonly leaver: string;
  readonly successor: string;
  readonly workspace: string;
  readonly webhook: string;
}

/** A leaver with one of everything, and a successor. */
async function castFor(t: TestContext): Promise<Cast> {
  const caller = await fastioFor(t);
  const { scenario } = caller.fastio;
  const { id: leaver } = scenario.addUser({ email: 'ada@example.com', sessions: 1, tokens: 1 });
  const { id: successor } = scenario.addUser({ email: 'bob@example.com', sessions: 1, tokens: 1 });
  const { id: workspace } = scenario.addWorkspace({ ownerId: leaver });
  const { id: webhook } = scenario.addWebhook({ userId: leaver });
  return { ...caller, leaver, successor, workspace, webhook };
}

function assertOnly({ fastio }: Caller, ...patterns: RegExp[]): void {
  assert.equal(fastio.violations.length, patterns.length, fastio.violations.join('\n'));
  for (const [index, pattern] of patterns.entries()) assert.match(fastio.violations[index] ?? '', pattern);
}

test('a complete offboarding in the right order, each call repeated, is no violation and leaves nothing', async (t) => {
  const cast = await castFor(t);
  const { fastio, leaver } = cast;
  fastio.expectLeaver(leaver);
  for (const _ of [1, 2]) {
    await cast.suspend(leaver);
    await cast.revokeSessions(leaver);
    await cast.deleteTokens(leaver);
    await cast.deleteWebhook(cast.webhook);
    await cast.transfer(cast.workspace, cast.successor);
  }
  for (const _ of [1, 2]) await cast.remove(leaver);
  assertOnly(cast);
  assert.deepEqual(fastio.leftovers(leaver), { member: false, sessions: 0, locks: 0, tokens: 0, webhooks: 0, workspaces: 0 });
});

test('any change before the suspension is a violation', async (t) => {
  const cast = await castFor(t);
  await cast.revokeSessions(cast.leaver);
  await cast.deleteTokens(cast.leaver);
  await cast.deleteWebhook(cast.webhook);
  await cast.transfer(cast.workspace, cast.successor);
  await cast.remove(cast.leaver);
  assert.equal(cast.fastio.violations.length, 5);
  for (const violation of cast.fastio.violations) assert.match(violation, /changed before the user was suspended/);
});

test('the removal of an owner is accepted, orphans the files and is a violation', async (t) => {
  const cast = await castFor(t);
  await cast.suspend(cast.leaver);
  assert.equal((await cast.remove(cast.leaver)).status, 204);
  assert.equal(cast.fastio.workspaces.get(cast.workspace)?.orphaned, true);
  assert.equal((await cast.transfer(cast.workspace, cast.successor)).status, 404);
  assertOnly(cast, new RegExp(`still owned workspace ${cast.workspace}; its files are orphaned`));
});

test('a bystander who is touched is a violation for every call that touches', async (t) => {
  const cast = await castFor(t);
  const bystander = cast.successor;
  cast.fastio.expectLeaver(cast.leaver);
  const { id: webhook } = cast.fastio.scenario.addWebhook({ userId: bystander });
  const { id: workspace } = cast.fastio.scenario.addWorkspace({ ownerId: bystander });
  const { id: third } = cast.fastio.scenario.addUser({ email: 'cy@example.com' });
  await cast.suspend(bystander);
  await cast.revokeSessions(bystander);
  await cast.deleteTokens(bystander);
  await cast.deleteWebhook(webhook);
  await cast.transfer(workspace, third);
  await cast.remove(bystander);
  assertOnly(
    cast,
    ...['suspend', 'revoke', 'deleteT', 'deleteW', 'transfer', 'remove'].map((call) => new RegExp(`^${call}.*not a leaver`)),
  );
});

test('without a declared leaver nobody is a bystander', async (t) => {
  const cast = await castFor(t);
  await cast.suspend(cast.successor);
  assertOnly(cast);
});

test('a transfer to an unknown user, a suspended user or the leaver is a violation', async (t) => {
  const cast = await castFor(t);
  const { id: suspended } = cast.fastio.scenario.addUser({ email: 'cy@example.com', status: 'suspended' });
  cast.fastio.expectLeaver(cast.leaver);
  await cast.suspend(cast.leaver);
  await cast.transfer(cast.workspace, '4000000000000000000');
  await cast.transfer(cast.workspace, cast.leaver);
  await cast.transfer(cast.workspace, suspended);
  assertOnly(cast, /who is unknown$/, /who is the leaver$/, /who is suspended$/);
});

test('revocations after the removal are violations', async (t) => {
  const cast = await castFor(t);
  await cast.suspend(cast.leaver);
  await cast.transfer(cast.workspace, cast.successor);
  await cast.remove(cast.leaver);
  await cast.revokeSessions(cast.leaver);
  await cast.deleteTokens(cast.leaver);
  await cast.deleteWebhook(cast.webhook);
  assertOnly(cast, /^revokeSessions: .*after the removal/, /^deleteTokens: .*after the removal/, /^deleteWebhook: .*after the removal/);
});

test('the same change twice for the same subject is a violation', async (t) => {
  const cast = await castFor(t);
  await cast.suspend(cast.leaver);
  await cast.revokeSessions(cast.leaver);
  cast.fastio.scenario.giveSessions(cast.leaver, 1);
  await cast.revokeSessions(cast.leaver);
  assertOnly(cast, new RegExp(`^twice: sessions.revoked ${cast.leaver}`));
});

test('a person may be released, be given their workspace back, and leave again', async (t) => {
  const cast = await castFor(t);
  const { leaver, workspace, successor } = cast;
  cast.fastio.expectLeaver(leaver);
  for (const last of [false, true]) {
    await cast.suspend(leaver);
    await cast.transfer(workspace, successor);
    if (last) break;
    await cast.activate(leaver);
    await cast.transfer(workspace, leaver);
  }
  assert.equal(cast.fastio.workspaces.get(workspace)?.ownerId, successor);
  assertOnly(cast);
});

test('an absent token, an absent idempotency key and an unknown route are violations', async (t) => {
  const cast = await castFor(t);
  const path = `/api/v1/users/${cast.leaver}/status`;
  await cast.call('GET', '/api/v1/webhooks', { authorization: null });
  await cast.call('PUT', path, { body: { status: 'suspended' }, idempotencyKey: null });
  assert.equal((await cast.call('POST', path, { body: { status: 'suspended' } })).status, 404);
  assert.equal((await cast.get('/api/v1/webhooks/')).status, 404);
  assertOnly(cast, /^no token: GET/, /^no idempotency key: PUT/, /^unknown route: POST/, /^unknown route: GET/);
});

test('a redirect that is followed is a violation that says whether the token went along', async (t) => {
  const cast = await castFor(t);
  cast.fastio.fail('listWebhooks', 'redirect');
  const { status, headers } = await cast.get('/api/v1/webhooks?limit=5');
  const location = String(headers['location']);
  assert.equal(status, 302);
  assert.notEqual(new URL(location).origin, cast.fastio.url);
  await request(location, { headers: { authorization: `Bearer ${cast.fastio.token}` } }).then(({ body }) => body.dump());
  await request(location).then(({ body }) => body.dump());
  assertOnly(cast, /followed with the token: GET \/api\/v1\/webhooks/, /followed without the token/);
});

test('what a scenario does from outside is neither an effect nor a violation', async (t) => {
  const cast = await castFor(t);
  const { scenario } = cast.fastio;
  scenario.changeUser(cast.leaver, { status: 'suspended' });
  scenario.removeUser(cast.leaver);
  assert.equal((await cast.remove(cast.leaver)).status, 404);
  assert.deepEqual(cast.fastio.effects, []);
  assertOnly(cast);
  const [entry] = (await cast.audit(`?event=user.deleted&user_id=${cast.leaver}`)).json['audit_logs'] as { event: string }[];
  assert.equal(entry?.event, 'user.deleted');
});
