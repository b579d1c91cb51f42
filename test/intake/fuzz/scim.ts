import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixture, fixtureNames } from '../scim/support/directory.ts';
import { type Attempt, type Fuzzed, secretOr } from './attempt.ts';
import { bytes, mutated } from './shapes.ts';

/** Users that are there from the beginning, and go on being there. */
export async function fuzzedDirectory(connection: string, token: string, ids: readonly string[]): Promise<Fuzzed> {
  const published = await Promise.all([
    ...(await fixtureNames('okta-scim')).map(async (name) => await fixture('okta-scim', name)),
    ...(await fixtureNames('entra-scim')).map(async (name) => await fixture('entra-scim', name)),
  ]);
  const bodies = published.flatMap(({ body }) => body ?? []);
  const user = fc.constantFrom(...ids).map((id) => `/Users/${id}`);
  const somewhere = fc.constantFrom(
    '/Users',
    '/Users',
    '/Groups',
    '/Groups/x',
    '/Users/x',
    '/Schemas',
    '/Bulk',
    '/Me',
    '/Nothing',
    '',
    '/Users/%00',
  );
  const query = fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    fc
      .tuple(
        fc.constantFrom('filter', 'startIndex', 'count', 'attributes', 'excludedAttributes', 'sortBy'),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.constantFrom('userName eq "ada', `userName eq "${'\\'.repeat(60)}`, '('.repeat(200)),
        ),
      )
      .map(([name, value]) => `?${name}=${encodeURIComponent(value.toWellFormed())}`),
  );
  const attempts = fc
    .record({
      where: fc.oneof(user, somewhere),
      query,
      method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'HEAD'),
      body: bytes(mutated(...bodies)),
      type: fc.constantFrom(
        'application/scim+json',
        'application/json',
        'application/scim+json; charset=utf-8',
        'text/plain',
        'application/json; charset=latin1',
      ),
      bearer: secretOr(token, (value) => `Bearer ${value}`),
    })
    .map(({ where, query: asked, method, body, type, bearer }): Attempt => {
      const hasBody = method !== 'GET' && method !== 'HEAD';
      return {
        method,
        path: `/intake/scim/${connection}/v2${where}${asked}`,
        headers: { authorization: bearer.made, ...(hasBody && { 'content-type': type }) },
        body: hasBody ? body : Buffer.alloc(0),
        isGenuine: bearer.isGenuine,
      };
    });
  const check: Fuzzed['check'] = ({ isGenuine }, { status, headers, text }) => {
    if (text !== '') {
      assert.match(String(headers['content-type']), /^application\/scim\+json/);
      assert.ok(Array.isArray((JSON.parse(text) as { schemas: unknown }).schemas), text);
    }
    assert.ok(isGenuine || status === 401, `${status}`);
  };
  return { name: 'scim', attempts, check };
}
