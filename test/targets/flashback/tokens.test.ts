import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from '../support/fastio-stage.ts';
import { flashbackStage } from '../support/flashback-stage.ts';

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
