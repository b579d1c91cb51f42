import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSubject } from '../../../src/intake/shared-signals/subjects.ts';

const ISSUER = 'https://transmitter.example.com';
const EMAIL = { format: 'email', email: 'ada@example.com' };
const ID = { format: 'iss_sub', iss: ISSUER, sub: 'u-1' };

/** What is sent, and the id and the address by which the person is looked for; null: nobody. */
const SUBJECTS: readonly (readonly [string, unknown, readonly [string | null, string | null] | null])[] = [
  ['email', EMAIL, [null, 'ada@example.com']],
  ['email that is none', { format: 'email', email: 'ada' }, null],
  ['email without one', { format: 'email' }, null],
  ['email that PostgreSQL cannot hold', { format: 'email', email: 'a\0da@example.com' }, null],
  ['iss_sub of the transmitter', ID, ['u-1', null]],
  ['iss_sub whose sub is an address', { ...ID, sub: 'ada@example.com' }, ['ada@example.com', 'ada@example.com']],
  ['iss_sub of another issuer', { ...ID, iss: 'https://other.example.com' }, null],
  ['iss_sub of another issuer whose sub is an address', { ...ID, iss: 'https://other.example.com', sub: 'ada@example.com' }, null],
  ['iss_sub without an issuer', { format: 'iss_sub', sub: 'u-1' }, null],
  ['iss_sub without a sub', { format: 'iss_sub', iss: ISSUER }, null],
  ['iss_sub with an empty sub', { ...ID, sub: '' }, null],
  ['the older name of iss_sub', { subject_type: 'iss-sub', iss: ISSUER, sub: 'u-1' }, ['u-1', null]],
  ['the older name with an underscore', { subject_type: 'iss_sub', iss: ISSUER, sub: 'u-1' }, ['u-1', null]],
  ['id_token_claims', { subject_type: 'id_token_claims', iss: ISSUER, sub: 'u-1', email: 'ada@example.com' }, ['u-1', 'ada@example.com']],
  ['opaque', { format: 'opaque', id: 'u-1' }, ['u-1', null]],
  ['opaque with an id that PostgreSQL cannot hold', { format: 'opaque', id: 'u\0' }, null],
  ['account', { format: 'account', uri: 'acct:ada@example.com' }, [null, 'ada@example.com']],
  ['account that is no acct', { format: 'account', uri: 'https://example.com/ada@example.com' }, null],
  ['uri that is an address', { format: 'uri', uri: 'mailto:ada@example.com?subject=x' }, [null, 'ada@example.com']],
  ['uri', { format: 'uri', uri: 'urn:uuid:1' }, null],
  ['phone_number', { format: 'phone_number', phone_number: '+12065550100' }, null],
  ['did', { format: 'did', url: 'did:example:123456' }, null],
  ['jwt_id', { format: 'jwt_id', iss: ISSUER, jti: 'j' }, null],
  ['saml_assertion_id', { format: 'saml_assertion_id', issuer: ISSUER, assertion_id: 'a' }, null],
  ['ip-addresses', { format: 'ip-addresses', 'ip-addresses': ['192.0.2.1'] }, null],
  ['scim', { format: 'scim', uri: '/Users/u-1', externalId: 'ada' }, ['u-1', null]],
  ['scim with a whole address', { format: 'scim', uri: 'https://scim.example.com/v2/Users/u-1' }, ['u-1', null]],
  [
    'scim with an externalId that is an address',
    { format: 'scim', uri: '/Users/u-1', externalId: 'ada@example.com' },
    ['u-1', 'ada@example.com'],
  ],
  ['scim of a group', { format: 'scim', uri: '/Groups/g-1' }, null],
  ['complex', { format: 'complex', user: EMAIL, device: ID, tenant: { format: 'opaque', id: 't' } }, [null, 'ada@example.com']],
  ['complex in the form of the drafts', { user: ID, device: EMAIL }, ['u-1', null]],
  ['complex without a user', { format: 'complex', device: ID, group: EMAIL }, null],
  ['complex within itself', { format: 'complex', user: { format: 'complex', user: EMAIL } }, null],
  ['aliases', { format: 'aliases', identifiers: [EMAIL, ID, { format: 'phone_number', phone_number: '+1' }] }, ['u-1', 'ada@example.com']],
  [
    'aliases that say one address twice',
    { format: 'aliases', identifiers: [EMAIL, { format: 'email', email: 'ADA@example.com' }] },
    [null, 'ADA@example.com'],
  ],
  ['aliases with two addresses', { format: 'aliases', identifiers: [EMAIL, { format: 'email', email: 'eve@example.com' }] }, null],
  ['aliases with two ids', { format: 'aliases', identifiers: [ID, { ...ID, sub: 'u-2' }] }, null],
  ['aliases within themselves', { format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [EMAIL] }] }, null],
  ['no aliases', { format: 'aliases', identifiers: [] }, null],
  [
    'a user who is several aliases',
    { format: 'complex', user: { format: 'aliases', identifiers: [EMAIL, ID] } },
    ['u-1', 'ada@example.com'],
  ],
  ['a format nobody knows', { format: 'shoe-size', email: 'ada@example.com' }, null],
  ['no format', { email: 'ada@example.com' }, null],
  ['a format that is no text', { format: ['email'], email: 'ada@example.com' }, null],
  ['text', 'ada@example.com', null],
  ['a list', [EMAIL], null],
  ['null', null, null],
  ['nothing', undefined, null],
];

for (const [what, raw, expected] of SUBJECTS) {
  test(`${what}: ${expected ? expected.filter((one) => one !== null).join(' and ') : 'nobody'}`, () => {
    const { subject, note } = readSubject(raw, ISSUER);
    assert.deepEqual(subject && [subject.id, subject.email], expected);
    assert.equal(note === null, expected !== null);
  });
}
