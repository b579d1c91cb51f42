import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage } from '../support/flashback-stage.ts';

/** The five ways in which Flashback words an error, and four in which whatever stands before it does. */
const ERRORS = [
  { body: { success: false, message: 'No' } },
  { body: { success: false, data: [], total: 0 } },
  { body: { success: false, data: {}, message: 'No' } },
  { body: { success: false, error: 'No' } },
  { body: { success: false, error_code: 'NO', message: 'No' } },
  {},
  { text: '<html>No</html>' },
  { text: '{"success":' },
  { body: null },
];

for (const shape of ERRORS) {
  test(`an error of the shape ${JSON.stringify(shape)} means what its status says, when reading and when removing`, async (t) => {
    const { run, remove, flashback, leaver, successor } = await flashbackStage(t);
    const workspace = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
    flashback.fail(/^GET \/organization\/users$/, { status: 403, ...shape });
    messageIn(await run('resolve-account'), 'refused');
    flashback.fail(/^GET \/organization\/users$/, { status: 500, ...shape });
    messageIn(await run('resolve-account'), 'retry-later');
    await run('resolve-account');
    flashback.fail(/^DELETE /, { status: 403, ...shape });
    assert.match(messageIn(await remove(workspace), 'refused'), /\(403\)/);
    flashback.fail(/^DELETE /, { status: 500, ...shape });
    messageIn(await remove(workspace), 'retry-later');
  });
}

test('a no under the status of a yes is no yes, and nobody by that', async (t) => {
  const { run, remove, flashback, leaver, successor } = await flashbackStage(t);
  const workspace = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  flashback.fail(/^GET \/organization\/users$/, { status: 200, body: { success: false, data: [], total: 0 } });
  assert.match(messageIn(await run('resolve-account'), 'refused'), /unknown shape \(success/);
  await run('resolve-account');
  flashback.fail(/^DELETE /, { status: 200, body: { success: false, message: 'No' } });
  assert.match(messageIn(await remove(workspace), 'refused'), /unknown shape \(success/);
});

test('a yes without a body, and a person in an envelope, will do', async (t) => {
  const { run, remove, flashback, leaver, successor } = await flashbackStage(t);
  const workspace = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  const profile = { id: flashback.callerId, orgRole: 2, validated: true };
  flashback.fail(/^GET \/user\/profile$/, { status: 200, body: profile });
  await run('resolve-account');
  flashback.fail(/^DELETE /, { status: 200 }, { afterEffect: true });
  doneAs(await remove(workspace), 'verified');
  const person = { id: leaver.id, email: leaver.email, orgRole: 0, deletedAt: '2026-01-01T00:00:00.000Z' };
  flashback.fail(/^GET \/organization\/users\/./, { status: 200, body: { success: true, data: person } });
  doneAs(await run('remove-from-organization'), 'already-absent');
});

test('an id with a slash stays one segment', async (t) => {
  const { remove, flashback, finished } = await flashbackStage(t, { tolerate: true });
  finished.push({ action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: '../admin?x' } });
  const workspace = flashback.scenario.addWorkspace({ id: 'a/b', members: { '../admin?x': 'WRITE' } });
  doneAs(await remove(workspace), 'verified');
  assert.equal(flashback.count(/^DELETE \/workspace\/a%2Fb\/users\/..%2Fadmin%3Fx$/), 1);
});

const REFRESH = /^POST \/user\/refresh$/;

for (const spelling of ['camel', 'snake'] as const) {
  test(`a token that is no longer accepted is refreshed, with fields in ${spelling} case, again and again`, async (t) => {
    const { run, flashback } = await flashbackStage(t, { refreshes: true, spelling });
    for (const count of [1, 2, 3]) {
      flashback.scenario.expireToken();
      doneAs(await run('resolve-account'), 'verified');
      assert.equal(flashback.count(REFRESH), count);
    }
  });
}

test('many who need a new token at once share one refresh', async (t) => {
  const { run, flashback } = await flashbackStage(t, { refreshes: true });
  flashback.scenario.expireToken();
  const results = await Promise.all(Array.from({ length: 8 }, () => run('resolve-account')));
  for (const result of results) doneAs(result, 'verified');
  assert.equal(flashback.count(REFRESH), 1);
});

test('a refresh token that is not accepted names the setting to change', async (t) => {
  const { run, flashback } = await flashbackStage(t, { refreshes: true });
  flashback.scenario.expireToken();
  flashback.fail(REFRESH, { status: 401, body: { success: false, error_code: 'INVALID', message: 'Invalid refresh token' } });
  assert.match(
    messageIn(await run('resolve-account'), 'refused'),
    /POST \/user\/refresh answered 401.*targets\[flashback\]\.refreshToken is not accepted/,
  );
});

test('without a refresh token the setting that holds the token is named', async (t) => {
  const { run, flashback } = await flashbackStage(t);
  flashback.scenario.expireToken();
  assert.match(
    messageIn(await run('resolve-account'), 'refused'),
    /answered 401.*The token in targets\[flashback\]\.token is not accepted/,
  );
  assert.equal(flashback.count(REFRESH), 0);
});

test('a removal whose token ran out under way is made once, with the new one', async (t) => {
  const { run, remove, flashback, leaver, successor } = await flashbackStage(t, { refreshes: true });
  const workspace = flashback.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [successor.id]: 'ADMIN' } });
  await run('resolve-account');
  flashback.fail(/^DELETE /, { status: 401, body: { success: false, error: 'Unauthorized' } });
  doneAs(await remove(workspace), 'verified');
  assert.equal(flashback.effects.length, 1);
});

test('a refresh token that an error repeats is not told on', async (t) => {
  const { run, flashback } = await flashbackStage(t, { refreshes: true, refreshToken: 'ref-5e4d3c2b1a' });
  flashback.scenario.expireToken();
  flashback.fail(REFRESH, { status: 400, body: { success: false, error: 'ref-5e4d3c2b1a' } });
  assert.match(messageIn(await run('resolve-account'), 'refused'), /answered 400\./);
});

test('the configured refresh token is tried again when the latest one is not accepted', async (t) => {
  const { run, flashback } = await flashbackStage(t, { refreshes: true });
  flashback.scenario.expireToken();
  doneAs(await run('resolve-account'), 'verified');
  flashback.scenario.expireToken();
  flashback.fail(REFRESH, { status: 401, body: { success: false, message: 'Invalid refresh token' } });
  flashback.fail(REFRESH, { status: 200, body: { success: true, accessToken: flashback.token } });
  doneAs(await run('resolve-account'), 'verified');
  const [first, latest, again] = flashback.calls.filter(({ call }) => REFRESH.test(call)).map(({ text }) => text);
  assert.deepEqual([first === latest, first === again], [false, true]);
});
