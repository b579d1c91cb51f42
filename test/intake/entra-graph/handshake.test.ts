import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, startGraphServer } from './graph-server.ts';

test('the published handshake: the token comes back decoded, as plain text that no browser takes for a page, and nothing is stored', async (t) => {
  const { url, accepted, kept } = await startGraphServer(t);
  const { path, headers, response } = await fixture('endpoint-validation-post');
  const answer = await fetch(url + path.slice(path.indexOf('?')), { method: 'POST', headers, body: '' });
  assert.deepEqual([answer.status, await answer.text()], [response.status, response.body]);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; ?charset=utf-8$/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.deepEqual([accepted, kept], [[], []]);
});

test('further parameters of the address do no harm', async (t) => {
  const { post } = await startGraphServer(t);
  const { status, text } = await post('', '?tenant=1&validationToken=a%2Bb+c');
  assert.deepEqual([status, text], [200, 'a+b c']);
});

for (const [what, query] of [
  ['a page', '?validationToken=%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['an endless text', `?validationToken=${'a'.repeat(5_000)}`],
  ['two tokens', '?validationToken=a&validationToken=b'],
  ['an empty token', '?validationToken='],
] as const) {
  test(`${what} is not given back`, async (t) => {
    const { post } = await startGraphServer(t);
    const { status, headers, text } = await post('', query);
    assert.equal(status, 400);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.ok(!text.includes('<script>'));
  });
}

test('a connection that is not there shakes no hands', async (t) => {
  const { url } = await startGraphServer(t);
  const answer = await fetch(`${url.replace('entra-main', 'other')}?validationToken=a`, { method: 'POST' });
  assert.equal(answer.status, 404);
});
