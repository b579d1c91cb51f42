import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createLocalJWKSet } from 'jose';
import type { Subject } from '../../../src/directory/directory.ts';
import type { Meaning } from '../../../src/intake/signal.ts';
import { sign } from '../support/issuer.ts';
import { fixture, setStage } from './stage.ts';

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

interface Said {
  readonly kind: string;
  readonly meaning: Meaning;
  readonly subject: Subject | null;
  readonly note: RegExp | null;
  readonly at: string;
}

const by = (id: string | null, email: string | null = null): Subject => ({ id, email, name: null });
const IAT_2017 = '2017-10-16T20:14:05.000Z';
const IAT_2018 = '2018-03-06T19:20:19.000Z';
const SCIM_ID = '2b2f880af6674ac284bae9381673d462';
const NO_DEPARTURE = /not an event by which somebody leaves/;

/** Every token that a specification or a vendor published, and what it says here. */
const PUBLISHED: Readonly<Record<string, Said>> = {
  'set-verification-with-state': {
    kind: `${SSF}verification`,
    meaning: 'ignore',
    subject: null,
    note: /the stream was verified \(state VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=\)/,
    at: '2017-05-04T00:00:00.000Z',
  },
  'set-stream-updated-paused': {
    kind: `${SSF}stream-updated`,
    meaning: 'ignore',
    subject: null,
    note: /the stream is paused now \(Internal error\)/,
    at: '2017-05-04T00:00:00.000Z',
  },
  // Hijacked is not gone.
  'set-risc-account-disabled': {
    kind: `${RISC}account-disabled`,
    meaning: 'contain',
    subject: by('7375626A656374'),
    note: null,
    at: IAT_2017,
  },
  'set-google-account-disabled': {
    kind: `${RISC}account-disabled`,
    meaning: 'contain',
    subject: by('7375626A656374'),
    note: null,
    at: IAT_2017,
  },
  'set-risc-account-enabled-email': {
    kind: `${RISC}account-enabled`,
    meaning: 'back',
    subject: by(null, 'foo@example.com'),
    note: null,
    at: IAT_2018,
  },
  'set-risc-account-credential-change-required': {
    kind: `${RISC}account-credential-change-required`,
    meaning: 'ignore',
    subject: null,
    note: NO_DEPARTURE,
    at: IAT_2017,
  },
  'set-risc-identifier-changed': {
    kind: `${RISC}identifier-changed`,
    meaning: 'ignore',
    subject: null,
    note: /the address or number of the person changed/,
    at: IAT_2017,
  },
  'set-risc-credential-compromise': {
    kind: `${RISC}credential-compromise`,
    meaning: 'contain',
    subject: by('joe.smith@example.com', 'joe.smith@example.com'),
    note: null,
    at: IAT_2017,
  },
  // Names a session and nobody: the directory knows no such id, so it ends as unresolved.
  'set-caep-session-revoked-opaque': {
    kind: `${CAEP}session-revoked`,
    meaning: 'contain',
    subject: by('dMTlD|1600802906337.16|16008.16'),
    note: null,
    at: '2021-03-09T15:49:51.000Z',
  },
  // The user is one of another issuer than the transmitter.
  'set-caep-session-revoked-complex-user-device': {
    kind: `${CAEP}session-revoked`,
    meaning: 'contain',
    subject: null,
    note: /given out by another issuer/,
    at: '2020-09-24T19:30:10.000Z',
  },
  'set-caep-session-revoked-session-user-tenant': {
    kind: `${CAEP}session-revoked`,
    meaning: 'contain',
    subject: by('99beb27c-c1c2-4955-882a-e0dc4996fcbc'),
    note: null,
    at: '2021-03-09T15:49:51.000Z',
  },
  'set-caep-credential-change': {
    kind: `${CAEP}credential-change`,
    meaning: 'ignore',
    subject: null,
    note: NO_DEPARTURE,
    at: '2021-03-09T15:49:51.000Z',
  },
  'set-okta-session-revoked': {
    kind: `${CAEP}session-revoked`,
    meaning: 'ignore',
    subject: null,
    note: /who ended the session is not told/,
    at: '2021-03-09T15:49:51.643Z',
  },
  'set-okta-credential-change-password-reset': {
    kind: `${CAEP}credential-change`,
    meaning: 'ignore',
    subject: null,
    note: NO_DEPARTURE,
    at: '2021-03-09T15:49:51.643Z',
  },
  'set-okta-credential-change-factor-deactivate': {
    kind: `${CAEP}credential-change`,
    meaning: 'ignore',
    subject: null,
    note: NO_DEPARTURE,
    at: '2021-03-09T15:49:51.643Z',
  },
  'set-scim-prov-delete': {
    kind: 'urn:ietf:params:scim:event:prov:delete',
    meaning: 'offboard',
    subject: by(SCIM_ID),
    note: null,
    at: '2016-03-20T20:17:24.000Z',
  },
  'set-scim-prov-activate': {
    kind: 'urn:ietf:params:scim:event:prov:activate',
    meaning: 'back',
    subject: by(SCIM_ID),
    note: null,
    at: '2016-03-20T20:17:24.000Z',
  },
  'set-scim-feed-add': {
    kind: 'urn:ietf:params:scim:event:feed:add',
    meaning: 'ignore',
    subject: null,
    note: NO_DEPARTURE,
    at: '2016-03-20T20:17:24.000Z',
  },
};

test('every published token is taken, and says what stands in the table', async (t) => {
  const claims = await Promise.all(Object.keys(PUBLISHED).map(async (name) => ({ name, set: await fixture(name) })));
  const streams = claims.map(({ name, set }) => ({
    connection: name,
    issuer: String(set['iss']),
    audience: String([set['aud']].flat()[0]),
  }));
  const { push, signed, intake } = await setStage(t, streams);
  for (const { name, set } of claims) {
    await t.test(name, async () => {
      const answer = await push(await signed(set), {}, name);
      assert.deepEqual([answer.status, answer.text], [202, '']);
      const [signal, ...more] = intake.accepted.splice(0);
      assert.ok(signal && more.length === 0);
      const expected = PUBLISHED[name] as Said;
      assert.deepEqual(
        [signal.kind, signal.meaning, signal.subject, signal.occurredAt?.toISOString(), signal.eventId, signal.connection],
        [expected.kind, expected.meaning, expected.subject, expected.at, set['jti'], name],
      );
      assert.match(signal.note ?? '', expected.note ?? /^$/);
    });
  }
});

test('the example of RFC 8935 is refused: it is signed with a secret, which proves nothing about its sender', async (t) => {
  const example = (await fixture('push-rfc8935-example')) as { headers: Record<string, string>; body: string };
  const { push, intake } = await setStage(t, [{ issuer: 'https://idp.example.com/', audience: '636C69656E745F6964' }]);
  const { 'Content-Type': type = '', Accept: accept = '' } = example.headers;
  const answer = await push(example.body, { 'content-type': type, accept });
  const shape = (await fixture('push-rfc8935-error-response-key')) as { status: number; body: Record<string, string> };
  assert.equal(answer.status, shape.status);
  const problem = JSON.parse(answer.text) as Record<string, string>;
  assert.deepEqual([Object.keys(problem), problem['err']], [Object.keys(shape.body), shape.body['err']]);
  assert.match(problem['description'] ?? '', /HS256/);
  assert.deepEqual(intake.accepted, []);
});

test('an answer to a wrong Authorization header has the published form', async (t) => {
  const { push } = await setStage(t, [{ bearer: ['Bearer good'] }]);
  const shape = (await fixture('push-rfc8935-error-response')) as { body: Record<string, string>; headers: Record<string, string> };
  const answer = await push('x', { authorization: 'Bearer expired' });
  const problem = JSON.parse(answer.text) as Record<string, string>;
  assert.deepEqual([answer.status, Object.keys(problem), problem['err']], [401, Object.keys(shape.body), shape.body['err']]);
  assert.ok(answer.headers['content-language'] && answer.headers['content-type']?.startsWith('application/json'));
});

test('the header that Okta publishes is accepted, and a published key set is one', async (t) => {
  const header = await fixture('set-header-okta');
  const { issuer, key, push, intake } = await setStage(t, [{ issuer: 'https://org.okta.com', audience: 'https://sp.example.com/caep' }]);
  issuer.publish({ ...key.publicJwk, kid: String(header['kid']) });
  assert.equal((await push(await sign(key, await fixture('set-okta-session-revoked'), header))).status, 202);
  assert.equal(intake.accepted[0]?.verifiedBy, 'jwksUri, key kid');
  const published = await fixture('jwks-rsa-public-example');
  assert.ok(await createLocalJWKSet(published as never)({ alg: 'RS256', kid: 'NhIpAobkW_7CfLFA2d1UUB8odnWbZMebCR8dm-O6aMM' }));
});

test('no published token is without its row in the table', async () => {
  const files = await readdir(path.join(import.meta.dirname, '..', '..', 'fixtures', 'ssf'));
  const tokens = files
    .filter((file) => file.startsWith('set-') && file !== 'set-header-okta.json')
    .map((file) => file.replace('.json', ''));
  assert.deepEqual(tokens.sort(), Object.keys(PUBLISHED).sort());
});
