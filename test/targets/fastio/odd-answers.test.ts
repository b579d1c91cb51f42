import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { memberRow, pageOf, performAgainst, workspaceRow } from '../support/scripted-fastio.ts';
import { answer, type Scene } from '../support/scripted-server.ts';

test('an empty page that says more follows is not taken for the end', async (t) => {
  const { result } = await performAgainst(t, [pageOf('members', [], { has_more: true })], 'resolve-account');
  assert.match(messageIn(result, 'retry-later'), /the list of members: a page without anything new says that more follows/);
});

test('a server that gives the first page for ever is not followed for ever', async (t) => {
  const same = pageOf('members', [memberRow('ann')], { has_more: true });
  const { result } = await performAgainst(t, [same, same], 'resolve-account');
  messageIn(result, 'retry-later');
});

test('the next page starts after as many rows as came, not as were asked for', async (t) => {
  const first = pageOf('members', [memberRow('ann'), memberRow('bob')], { has_more: true });
  const { result, seen } = await performAgainst(t, [first, pageOf('members', [memberRow('lee')], { total: 2 })], 'resolve-account');
  doneAs(result, 'verified');
  assert.match(seen[1]?.url ?? '', /limit=100&offset=2$/);
});

test('a row that two pages share is one member, not two', async (t) => {
  const first = pageOf('members', [memberRow('ann'), memberRow('lee')], { total: 3, has_more: true });
  const { result } = await performAgainst(
    t,
    [first, pageOf('members', [memberRow('lee'), memberRow('bob')], { total: 3 })],
    'resolve-account',
  );
  doneAs(result, 'verified');
});

test('a list that changes at every read is left to a later attempt', async (t) => {
  const passes = [1, 2, 3].flatMap((n) => [
    pageOf('members', [memberRow('ann')], { total: n, has_more: true }),
    pageOf('members', [memberRow('bob')], { total: n + 1 }),
  ]);
  const { result } = await performAgainst(t, passes, 'resolve-account');
  assert.match(messageIn(result, 'retry-later'), /changed each time/);
});

for (const id of ['', '.', '..']) {
  test(`a member with the id ${JSON.stringify(id)} is an answer in an unknown shape`, async (t) => {
    const { result, seen } = await performAgainst(t, [pageOf('members', [memberRow('ann'), memberRow(id)])], 'resolve-account');
    assert.match(messageIn(result, 'refused'), /members\.1\.user_id/);
    assert.equal(seen.length, 1);
  });
}

test('an id with a slash stays one segment', async (t) => {
  const finished = [{ action: 'resolve-account', subject: null, outcome: null, facts: { userId: '../admin?x', status: 'active' } }];
  const { seen } = await performAgainst(t, [answer(204)], 'delete-tokens', { finished });
  assert.equal(seen[0]?.url, '/api/v1/users/..%2Fadmin%3Fx/tokens');
});

test('members without an e-mail do not stand in the way', async (t) => {
  const rows = [{ ...memberRow('bot'), email: null }, memberRow('lee')];
  const { result } = await performAgainst(t, [pageOf('members', rows)], 'resolve-account');
  doneAs(result, 'verified');
});

test('members that have lost their e-mail field are not taken for an empty organization', async (t) => {
  const { email: _, ...row } = memberRow('lee');
  const { result } = await performAgainst(t, [pageOf('members', [row])], 'resolve-account');
  assert.match(messageIn(result, 'refused'), /members\.0\.email/);
});

test('a suspension of somebody else is a question for a person', async (t) => {
  const { result } = await performAgainst(t, [answer(200, { user: { id: 'mallory', status: 'suspended' } })], 'suspend');
  assert.match(messageIn(result, 'refused'), /changed mallory/);
});

test('a suspension that leaves the account active is not believed', async (t) => {
  const scenes: Scene[] = [answer(200, { user: { id: 'lee', status: 'active' } }), pageOf('members', [memberRow('lee')])];
  const { result } = await performAgainst(t, scenes, 'suspend');
  assert.match(messageIn(result, 'retry-later'), /still not suspended/);
});

for (const action of ['list-workspaces', 'remove-member']) {
  test(`${action}: a workspace that is listed with the leaver and belongs to somebody else is not built on`, async (t) => {
    const members = action === 'remove-member' ? [pageOf('members', [memberRow('lee')])] : [];
    const { result } = await performAgainst(t, [...members, pageOf('workspaces', [workspaceRow('w1', 'ann')])], action);
    assert.match(messageIn(result, 'retry-later'), /its owner is given as ann/);
  });
}

test('audit filters that are ignored are applied here', async (t) => {
  const event = (id: string, name: string, user_id: string | null) => ({
    id,
    event: name,
    user_id,
    actor_id: 'admin',
    created_at: '2026-03-02',
  });
  const noise = [event('1', 'user.deleted', 'ann'), event('2', 'user.suspended', 'lee'), event('3', 'user.deleted', null)];
  const pages = [
    pageOf('audit_logs', noise, { total: 4, has_more: true }),
    pageOf('audit_logs', [event('4', 'user.deleted', 'lee')], { total: 5 }),
  ];
  const { result } = await performAgainst(t, pages, 'verify-audit');
  assert.equal(doneAs(result, 'verified')['eventId'], '4');
});

test('the token reaches neither result nor log when the server echoes it', async (t) => {
  const echo: Scene = (response, { headers }) => {
    const secret = headers.authorization?.split(' ')[1];
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code: secret, message: secret } }));
  };
  const { result, lines } = await performAgainst(t, [echo], 'resolve-account');
  messageIn(result, 'refused');
  assert.doesNotMatch(JSON.stringify(result) + lines.join(), /tok-5a4b3c2d1e/);
});
