import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { send } from '../../http/support/send.ts';
import { runs } from '../../support/sweep.ts';
import { countRows } from '../support/rows.ts';
import { makeUser, SCIM_TOKEN, startScim } from './support/directory.ts';

const FAULTS_WE_MEAN = new Set([501, 503]);

test('whatever is sent, the answer is a SCIM Error or a resource, and nothing breaks', async (t) => {
  const service = await startScim(t);
  const id = await makeUser(service, 'ada@example.com');
  const base = service.baseOf('okta-main');
  const endpoint = fc.constantFrom('/Users', '/Users', `/Users/${id}`, '/Groups', '/Groups/x', '/Schemas', '/Bulk', '/Nothing', '');
  const query = fc.oneof(
    fc.constant(''),
    fc
      .tuple(
        fc.constantFrom('filter', 'startIndex', 'count', 'attributes', 'excludedAttributes'),
        fc.string({ unit: 'binary', maxLength: 30 }),
      )
      .map(([name, value]) => `?${name}=${encodeURIComponent(value.toWellFormed())}`),
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json({ maxDepth: 3 }),
    fc
      .record({
        userName: fc.oneof(fc.string({ minLength: 3 }), fc.anything({ maxDepth: 2 })),
        active: fc.oneof(fc.boolean(), fc.anything({ maxDepth: 1 })),
      })
      .map((value) => JSON.stringify(value) ?? ''),
    fc
      .array(
        fc.record({
          op: fc.constantFrom('add', 'replace', 'remove'),
          path: fc.string({ maxLength: 12 }),
          value: fc.jsonValue({ maxDepth: 2 }),
        }),
        { maxLength: 3 },
      )
      .map((Operations) => JSON.stringify({ Operations })),
  );
  const type = fc.constantFrom('application/scim+json', 'application/json', 'text/plain', 'application/json; charset=latin1', '');
  const message = fc.record({
    method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'HEAD'),
    endpoint,
    query,
    body,
    type,
    isKnown: fc.nat(4).map((number) => number > 0),
  });

  await fc.assert(
    fc.asyncProperty(message, async (one) => {
      const token = one.isKnown ? SCIM_TOKEN : `${SCIM_TOKEN}!`;
      const hasBody = one.method !== 'GET' && one.method !== 'HEAD';
      const headers = [['authorization', `Bearer ${token}`], ...(one.type && hasBody ? [['content-type', one.type]] : [])] as [
        string,
        string,
      ][];
      const answer = await send(`${base}${one.endpoint}${one.query}`, { method: one.method, headers, ...(hasBody && { body: one.body }) });
      assert.ok(answer.status < 500 || FAULTS_WE_MEAN.has(answer.status), `${answer.status} ${answer.text}`);
      if (answer.text !== '') {
        assert.match(String(answer.headers['content-type']), /^application\/scim\+json/);
        assert.ok(Array.isArray((JSON.parse(answer.text) as { schemas: unknown }).schemas));
      }
      if (!one.isKnown) {
        assert.equal(answer.status, 401);
      }
    }),
    runs(200),
  );

  assert.equal((await send(`${service.url}/livez`)).status, 200);
  assert.equal((await send(`${service.url}/readyz`)).status, 200);
  const { scim_resource: resources } = await countRows(service.databaseUrl, 'scim_resource');
  assert.ok(resources > 1, 'some of it was stored: the property says something');
});
