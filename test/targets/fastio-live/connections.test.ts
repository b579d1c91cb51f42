import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { followUpsIn } from '../support/flashback-stage.ts';
import { type LiveStageOptions, liveStage } from '../support/live-stage.ts';

const REVOKE_GRANT = /^DELETE .*\/grants\//;
const REVOKE_IDENTITY = /^POST .*\/identities\/[^/]+\/revoke\/$/;
const OWN_STEPS = /^revoke-/;
const DENIED = { status: 403, body: { result: false, error: { code: 1680, text: 'No' } } };
const GATEWAY = { status: 502, text: '<html>bad gateway</html>' } as const;

/** A leaver with whom a file is shared, and who has connected a login of theirs; others have the same. */
async function connected(t: TestContext, options: LiveStageOptions = {}) {
  const stage = await liveStage(t, options);
  const { live, leaver, successor } = stage;
  const { id } = live.scenario.addWorkspace({ name: 'Research', members: { [leaver.id]: 'member', [successor.id]: 'owner' } });
  const share = live.scenario.addFileShare(
    id,
    [leaver, successor].map(({ id: user, email }) => ({ user, email })),
  );
  const [identity, other] = [live.scenario.addIdentity(id, leaver.id), live.scenario.addIdentity(id, successor.id)];
  await stage.run('resolve-account');
  return { ...stage, workspaceId: id, share, identity, other, grant: `fileshare/${share.id}`, place: `workspace/${id}` };
}

test('a file that is shared with the account and a login that it has connected are found, and those of others are not', async (t) => {
  const { run, grant, place } = await connected(t);
  const asked = followUpsIn(await run('list-workspaces')).filter(({ action }) => OWN_STEPS.test(action));
  assert.deepEqual(
    asked.map(({ action, subject }) => `${action} ${subject}`),
    [`revoke-grant ${grant}`, `revoke-identities ${place}`],
  );
});

test('both are revoked by their ids, once, and seen to be', async (t) => {
  const { leave, share, identity, other, successor, live } = await connected(t);
  const lines = await leave();
  assert.deepEqual(
    lines.filter((line) => OWN_STEPS.test(line)).map((line) => line.split(' ').at(-1)),
    ['verified', 'verified'],
  );
  assert.deepEqual([share.grants.map(({ user }) => user), identity.status, other.status], [[successor.id], 'revoked', 'active']);
  assert.deepEqual([live.count(REVOKE_GRANT), live.count(REVOKE_IDENTITY)], [1, 1]);
});

for (const [what, action, call] of [
  ['a grant', 'revoke-grant', REVOKE_GRANT],
  ['a login', 'revoke-identities', REVOKE_IDENTITY],
] as const) {
  const begin = async (t: TestContext) => {
    const stage = await connected(t);
    const subject = action === 'revoke-grant' ? stage.grant : stage.place;
    return { ...stage, revoke: (repeated = false) => stage.at(action, subject, { repeated }) };
  };

  test(`${what}: an answer that is lost after the effect is found out by reading, and a second run changes nothing`, async (t) => {
    const { revoke, live } = await begin(t);
    live.fail(call, GATEWAY, { afterEffect: true });
    doneAs(await revoke(), 'verified');
    doneAs(await revoke(true), 'verified');
    doneAs(await revoke(), 'already-absent');
    assert.equal(live.count(call), 1);
  });

  test(`${what}: a yes that no read confirms is not believed`, async (t) => {
    const { revoke, live } = await begin(t);
    live.fail(call, { status: 200, body: { result: true } });
    assert.match(messageIn(await revoke(), 'retry-later'), /was revoked.*, and is still (listed|shown as good)/);
    doneAs(await revoke(true), 'verified');
  });

  test(`${what}: where Leaver may not revoke it, that is a matter for a person`, async (t) => {
    const { revoke, live } = await begin(t);
    live.fail(call, DENIED);
    assert.match(
      messageIn(await revoke(), 'refused'),
      /^live: .*1680.*Revoke it by hand, or let the account .* be an admin there, then retry/,
    );
  });
}

test('what is shared with an address alone, and a login that does not say whose it is, are named and not touched', async (t) => {
  const { run, live, workspaceId } = await connected(t);
  const byAddress = live.scenario.addFileShare(workspaceId, [{ user: null, email: 'LEE.aver@example.com' }]);
  live.scenario.addFileShare(workspaceId, [{ user: null, email: 'other@example.com' }]);
  const nobodys = live.scenario.addIdentity(workspaceId, null);
  const result = await run('list-workspaces');
  assert.deepEqual(doneAs(result, 'verified')['unattributed'], [
    `fileshare/${byAddress.id}`,
    `workspace/${workspaceId} identity ${nobodys.id}`,
  ]);
  assert.equal(followUpsIn(result).filter(({ action }) => OWN_STEPS.test(action)).length, 2);
});

test('a step that does not say which file, or has no account, revokes nothing', async (t) => {
  const { at, run, live, finished, grant } = await connected(t);
  messageIn(await run('revoke-grant'), 'refused');
  messageIn(await at('revoke-grant', 'fileshare/'), 'refused');
  finished.splice(0, finished.length, { action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: null } });
  messageIn(await at('revoke-grant', grant), 'refused');
  assert.equal(live.count(REVOKE_GRANT), 0);
});

for (const [what, trouble] of [
  ['is not offered', { status: 404, body: { result: false, error: { code: 9992, text: 'Unknown route' } } }],
  ['does not answer', GATEWAY],
] as const) {
  test(`a list that ${what} is asked for no further, is named, and holds nothing up`, async (t) => {
    const { run, live } = await connected(t);
    for (let n = 0; n < 12; n += 1) live.scenario.addWorkspace();
    const LIST = /\/(fileshares|identities)\/$/;
    live.fail(LIST, trouble, { times: Number.POSITIVE_INFINITY });
    const { unread } = doneAs(await run('list-workspaces'), 'verified');
    assert.match(
      JSON.stringify(unread),
      /file shares of .* could not be read.*nor were the file shares of the others.*import identities of/,
    );
    assert.ok(live.count(LIST) <= 8, String(live.count(LIST)));
  });
}

test('a list that is too busy is asked for again later', async (t) => {
  const { run, live } = await connected(t);
  live.fail(/\/grants\/$/, { status: 429, body: { result: false, error: { code: 1671, text: 'Enhance your calm' } } });
  messageIn(await run('list-workspaces'), 'retry-later');
});
