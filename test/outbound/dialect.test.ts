import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialect } from '../../src/outbound/outbound.ts';
import { answer, page, scriptedServer } from '../targets/support/scripted-server.ts';
import { changing, clientOf, reading } from './support/http.ts';

/** A system whose paths end with a slash, and that says no in a body of its own. */
const DIALECT: Dialect = {
  trailingSlash: true,
  parse: (text) => JSON.parse(text.replaceAll("'", '"')) as unknown,
  refusalIn: ({ json }) => {
    const { no } = (json?.value ?? {}) as { no?: string };
    return no === undefined
      ? undefined
      : { cause: no === 'busy' ? 'too-busy' : 'absent', targetCode: no, ...(no === 'busy' && { retryAfterMs: 1_000 }) };
  },
};

test('a dialect reads the body in its own way, and ends the path with its slash', async (t) => {
  const { url, seen } = await scriptedServer(t, [page(200, "{'id':'1'}")]);
  assert.deepEqual(await clientOf(t, url, { dialect: DIALECT }).client.request(reading()), {
    kind: 'answer',
    status: 200,
    body: { id: '1' },
  });
  assert.equal(seen[0]?.url, '/items/1/');
});

test('a no counts whatever its status, also one that the caller expects', async (t) => {
  for (const status of [200, 404, 500]) {
    const { url } = await scriptedServer(t, [answer(status, { no: 'gone', id: '1' })]);
    const result = await clientOf(t, url, { dialect: DIALECT }).client.request(reading());
    assert.ok(result.kind === 'fault');
    assert.deepEqual([result.cause, result.status, result.targetCode], ['absent', status, 'gone']);
    assert.match(result.message, new RegExp(`answered ${status} \\(gone\\)`));
  }
});

test('a no that asks for patience gets it, and the call is made once more', async (t) => {
  const { url, seen } = await scriptedServer(t, [answer(200, { no: 'busy' }), answer(200, { id: '1' })]);
  const { client, clock } = clientOf(t, url, { dialect: DIALECT });
  assert.equal((await client.request(changing(false))).kind, 'answer');
  assert.deepEqual([seen.length, clock.slept], [2, [1_050]]);
});
