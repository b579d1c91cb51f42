import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixture, fixtureNames } from '../scim/support/directory.ts';
import type { Attempt, Credential, Fuzzed } from './attempt.ts';
import type { Places } from './places.ts';
import { bytes, mutated } from './shapes.ts';

export interface FuzzedDirectory {
  readonly name: string;
  readonly connection: string;
  /** Of the Authorization header. */
  readonly credential: fc.Arbitrary<Credential<string>>;
  readonly places: Places;
}

export async function fuzzedDirectory({ name, connection, credential, places }: FuzzedDirectory): Promise<Fuzzed> {
  const published = await Promise.all([
    ...(await fixtureNames('okta-scim')).map(async (name) => await fixture('okta-scim', name)),
    ...(await fixtureNames('entra-scim')).map(async (name) => await fixture('entra-scim', name)),
  ]);
  const bodies = [...published.flatMap(({ body }) => body ?? []), ...places.users.map(changeOfMembers)];
  const place = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...places.users).map((id) => `/Users/${id}`) },
    fc.constantFrom(...places.groups).map((id) => `/Groups/${id}`),
  );
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
      .map(([parameter, value]) => `?${parameter}=${encodeURIComponent(value.toWellFormed())}`),
  );
  const attempts = fc
    .record({
      where: fc.oneof(place, somewhere),
      query,
      method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'HEAD'),
      body: bytes(mutated(...bodies)),
      type: fc.constantFrom(
        'application/scim+json',
        'application/json',
        'application/scim+json; charset=utf-8',
        'text/plain',
        'application/json; charset=latin1',
      ),
      credential,
    })
    .map(({ where, query: asked, method, body, type, credential: { made: authorization, isGenuine } }): Attempt => {
      const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'DELETE';
      return {
        method,
        path: `/intake/scim/${connection}/v2${where}${asked}`,
        headers: { authorization, ...(hasBody && { 'content-type': type }) },
        body: hasBody ? body : Buffer.alloc(0),
        isGenuine,
      };
    });
  const check: Fuzzed['check'] = ({ isGenuine }, { status, headers, text }) => {
    if (text !== '') {
      assert.match(String(headers['content-type']), /^application\/scim\+json/);
      assert.ok(Array.isArray((JSON.parse(text) as { schemas: unknown }).schemas), text);
    }
    // 503 where the name of the key may be one that is not known here yet.
    assert.ok(isGenuine || status === 401 || status === 503, `${status}`);
  };
  return { name, attempts, check, deliver: places.deliver };
}

function changeOfMembers(id: string) {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }],
  };
}
