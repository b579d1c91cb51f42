import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personal } from '../../src/outbound/http-call.ts';
import { observed, type SeenRequest } from '../../src/outbound/observe.ts';
import { answer, breakOff, scriptedServer } from '../targets/support/scripted-server.ts';
import { changing, clientOf, reading, TOKEN } from './support/http.ts';

const OK = answer(200, { id: '1' });

/** What was told of the requests that the work made. */
async function seenIn(work: () => Promise<unknown>): Promise<SeenRequest[]> {
  const seen: SeenRequest[] = [];
  await observed((one) => seen.push(one), work);
  return seen;
}

test('every try of a call is told, with what came of it', async (t) => {
  const { url } = await scriptedServer(t, [answer(503), breakOff, OK]);
  const { client } = clientOf(t, `${url}/api/`);
  const seen = await seenIn(async () => await client.request({ ...changing(true), query: { dry: 1 } }));
  const host = new URL(url).host;
  const line = { method: 'POST', host, path: '/api/items/1/move', query: ['dry'], requestId: null };
  assert.deepEqual(
    seen.map(({ tookMs, ...rest }) => {
      assert.ok(Number.isInteger(tookMs) && tookMs >= 0);
      return rest;
    }),
    [
      { ...line, status: 503, outcome: 'broken' },
      { ...line, status: null, outcome: 'lost' },
      { ...line, status: 200, outcome: 'answered' },
    ],
  );
});

test('nothing that is told says who somebody is, who we are, or what was sent', async (t) => {
  const { url } = await scriptedServer(t, [OK, OK]);
  const { client } = clientOf(t, url);
  const seen = await seenIn(async () => {
    await client.request({
      ...changing(true),
      path: ['people', personal('00u1'), 'ann@example.com', 'moves'],
      query: { email: 'ann@example.com', limit: 100 },
      body: { to: 'secret-body' },
      auth: { 'x-key': 'key-of-the-call' },
    });
    await client.request({ ...changing(true), form: { client_secret: 'secret-form' } });
  });
  assert.deepEqual([seen[0]?.path, seen[0]?.query], ['/people/{person}/{person}/moves', ['email', 'limit']]);
  assert.doesNotMatch(JSON.stringify(seen), new RegExp(`ann|00u1|secret|key-of|${TOKEN}`));
});

for (const header of ['x-request-id', 'X-Okta-Request-Id', 'request-id', 'x-correlation-id', 'x-amzn-RequestId']) {
  test(`the name that the other side gives to a request in ${header} is told`, async (t) => {
    const { url } = await scriptedServer(t, [answer(200, { id: '1' }, { [header]: 'aXJ4-1:2/3' })]);
    const [seen] = await seenIn(async () => await clientOf(t, url).client.request(reading()));
    assert.equal(seen?.requestId, 'aXJ4-1:2/3');
  });
}

for (const [what, id] of Object.entries({
  'the token': TOKEN,
  'a part of it': TOKEN.slice(4, 9),
  'an e-mail': 'ann@x.example',
  'a novel': 'a'.repeat(129),
})) {
  test(`${what} in the place of a request's name is not told`, async (t) => {
    const { url } = await scriptedServer(t, [answer(200, { id: '1' }, { 'x-request-id': id })]);
    const [seen] = await seenIn(async () => await clientOf(t, url).client.request(reading()));
    assert.equal(seen?.requestId, null);
  });
}

test('a request that is no longer waited for is told all the same: it may have reached the other side', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { url } = await scriptedServer(t, [() => arrived.resolve()]);
  const off = new AbortController();
  const work = clientOf(t, url, { timeoutMs: 60_000 }).client;
  const seen = await seenIn(async () => {
    const asked = work.request(changing(true, { signal: off.signal }));
    await arrived.promise;
    off.abort(new Error('the worker stops'));
    await assert.rejects(asked, /the worker stops/);
  });
  assert.deepEqual(
    seen.map(({ outcome, status }) => [outcome, status]),
    [['called-off', null]],
  );
});

test('work that goes on side by side is told of its own requests only', async (t) => {
  const { url } = await scriptedServer(t, [OK, OK, OK]);
  const { client } = clientOf(t, url);
  const one = async (id: string): Promise<SeenRequest[]> =>
    await seenIn(async () => await client.request(reading({ path: ['items', id] })));
  const all = await Promise.all(['a', 'b', 'c'].map(one));
  assert.deepEqual(
    all.map((seen) => seen.map(({ path }) => path)),
    [['/items/a'], ['/items/b'], ['/items/c']],
  );
});
