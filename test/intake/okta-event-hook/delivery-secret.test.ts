import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../http/support/send.ts';
import { SECRET, startHookServer } from '../support/hook-server.ts';
import { envelope } from './fixtures.ts';

const BODY = JSON.stringify(envelope([{ uuid: 'u', eventType: 'user.lifecycle.deactivate' }]));
const WHERE = '/intake/okta/okta-main/events';

const WRONG: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['no header', []],
  ['an empty header', [['Authorization', '']]],
  ['the secret without its last letter', [['Authorization', SECRET.slice(0, -1)]]],
  ['the secret without its first letter', [['Authorization', SECRET.slice(1)]]],
  ['the secret in other letters', [['Authorization', SECRET.toUpperCase()]]],
  ['a scheme before the secret', [['Authorization', `Bearer ${SECRET}`]]],
  ['letters beyond ASCII', [['Authorization', Buffer.from('sécrèt ✓').toString('latin1')]]],
  ['the secret under another name', [['X-Authorization', SECRET]]],
  [
    'the secret after a wrong one',
    [
      ['Authorization', 'wrong'],
      ['Authorization', SECRET],
    ],
  ],
  ['something very long', [['Authorization', 'x'.repeat(10_000)]]],
];

test('every wrong secret gets the same answer, and nothing is stored', async (t) => {
  const { url, accepted } = await startHookServer(t);
  const answers = new Set<string>();
  for (const [what, headers] of WRONG) {
    const { status, text } = await send(`${url}${WHERE}`, { method: 'POST', headers, body: BODY });
    assert.equal(status, 401, what);
    const { instance: _, ...problem } = JSON.parse(text) as Record<string, unknown>;
    answers.add(JSON.stringify(problem));
  }
  assert.equal(answers.size, 1);
  assert.ok(![...answers].some((text) => text.includes(SECRET)));
  assert.deepEqual(accepted, []);
});

test('without the secret, not even a malformed body is looked at, and none is waited for', async (t) => {
  const { url } = await startHookServer(t);
  assert.equal((await send(`${url}${WHERE}`, { method: 'POST', body: 'not JSON' })).status, 401);
  assert.equal((await send(`${url}${WHERE}`, { method: 'POST', body: '{', claimedLength: 1_000_000 })).status, 401);
});

test('while a secret is changed, the old and the new one are both good, and the record tells which it was', async (t) => {
  const { url, accepted } = await startHookServer(t, [
    { connection: 'okta-main', header: 'authorization', secrets: ['the-new', 'the-old'] },
  ]);
  for (const [secret, status] of [
    ['the-new', 204],
    ['the-old', 204],
    ['the-older', 401],
  ] as const) {
    const answer = await send(`${url}${WHERE}`, { method: 'POST', headers: [['authorization', secret]], body: BODY });
    assert.equal(answer.status, status, secret);
  }
  assert.deepEqual(
    accepted.map(({ verifiedBy }) => verifiedBy),
    ['eventHook.secrets[0]', 'eventHook.secrets[1]'],
  );
});

test('a hook with a header of another name takes the secret there, once and nowhere else', async (t) => {
  const { url, accepted } = await startHookServer(t, [{ connection: 'okta-main', header: 'x-hook-secret', secrets: [SECRET] }]);
  const attempt = async (...headers: (readonly [string, string])[]) =>
    (await send(`${url}${WHERE}`, { method: 'POST', headers, body: BODY })).status;
  assert.equal(await attempt(['X-Hook-Secret', SECRET]), 204);
  assert.equal(await attempt(['x-hook-secret', SECRET], ['Authorization', 'something else']), 204);
  assert.equal(await attempt(['Authorization', SECRET]), 401);
  assert.equal(await attempt(['X-Hook-Secret', SECRET], ['X-Hook-Secret', SECRET]), 401);
  assert.equal(accepted.length, 2);
});

test('the secret of one connection does not open another', async (t) => {
  const hooks = ['okta-a', 'okta-b'].map((connection) => ({ connection, header: 'authorization', secrets: [`secret of ${connection}`] }));
  const { url, accepted } = await startHookServer(t, hooks);
  const headers = [['authorization', 'secret of okta-a']] as const;
  assert.equal((await send(`${url}/intake/okta/okta-b/events`, { method: 'POST', headers, body: BODY })).status, 401);
  assert.equal((await send(`${url}/intake/okta/okta-a/events`, { method: 'POST', headers, body: BODY })).status, 204);
  assert.deepEqual(
    accepted.map(({ connection }) => connection),
    ['okta-a'],
  );
});
