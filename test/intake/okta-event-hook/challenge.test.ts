import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../http/support/send.ts';
import { startHookServer } from '../support/hook-server.ts';
import { fixture } from './fixtures.ts';

interface Verification {
  readonly headers: Readonly<Record<string, string>>;
  readonly response: { readonly status: number; readonly body: unknown };
}

test('the one-time challenge is given back as JSON and nothing else, with the secret or without', async (t) => {
  const { url } = await startHookServer(t);
  const { headers, response } = (await fixture('verification-get')) as Verification;
  const challenge = ['X-Okta-Verification-Challenge', headers['x-okta-verification-challenge'] ?? ''] as const;
  for (const sent of [[challenge], [challenge, ['Authorization', headers['Authorization'] ?? '']] as const]) {
    const answer = await send(`${url}/intake/okta/okta-main/events`, { headers: sent });
    assert.equal(answer.status, response.status);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json\b/);
    assert.deepEqual(JSON.parse(answer.text), response.body);
  }
});

test('a challenge comes back unchanged, whatever characters it has', async (t) => {
  const { url } = await startHookServer(t);
  for (const value of ['a"b\\c', '<script>', '{"x":1}', 'é', 'a b', 'x'.repeat(4_000)]) {
    const { text } = await send(`${url}/intake/okta/okta-main/events/`, { headers: [['x-okta-verification-challenge', value]] });
    assert.deepEqual(JSON.parse(text), { verification: value });
  }
});

test('a GET without a challenge is refused', async (t) => {
  const { url } = await startHookServer(t);
  const { status, text } = await send(`${url}/intake/okta/okta-main/events`);
  assert.equal(status, 400);
  assert.match(text, /x-okta-verification-challenge/);
});

test('a connection that is not there is 404, whatever is sent to it', async (t) => {
  const { url, accepted } = await startHookServer(t);
  const headers = [
    ['x-okta-verification-challenge', 'value'],
    ['authorization', 'any'],
  ] as const;
  for (const connection of ['okta', 'OKTA-MAIN', 'okta-main%00', '__proto__', 'x'.repeat(500), '%E2%9C%93']) {
    const where = `${url}/intake/okta/${connection}/events`;
    assert.equal((await send(where, { headers })).status, 404, connection);
    assert.equal((await send(where, { method: 'POST', headers, body: '{"data":{"events":[]}}' })).status, 404, connection);
    assert.equal((await send(where, { method: 'POST', headers, body: 'not JSON' })).status, 404, connection);
  }
  assert.deepEqual(accepted, []);
});
