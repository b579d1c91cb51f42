import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventType, meaningOf, shortName } from '../../../src/intake/shared-signals/events.ts';
import type { Meaning } from '../../../src/intake/signal.ts';

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const OAUTH = 'https://schemas.openid.net/secevent/oauth/event-type/';

const MEANINGS: readonly (readonly [string, Record<string, unknown>, Meaning | 'nobody'])[] = [
  [`${RISC}account-disabled`, {}, 'offboard'],
  [`${RISC}account-disabled`, { reason: null }, 'offboard'],
  [`${RISC}account-disabled`, { reason: 'hijacking' }, 'contain'],
  [`${RISC}account-disabled`, { reason: 'bulk-account' }, 'contain'],
  [`${RISC}account-disabled`, { reason: 'of another kind' }, 'contain'],
  [`${RISC}account-purged`, {}, 'offboard'],
  [`${RISC}account-enabled`, {}, 'back'],
  [`${RISC}credential-compromise`, {}, 'contain'],
  [`${RISC}sessions-revoked`, {}, 'contain'],
  [`${RISC}identifier-changed`, { 'new-value': 'b@example.com' }, 'ignore'],
  [`${RISC}identifier-recycled`, {}, 'nobody'],
  [`${RISC}account-credential-change-required`, {}, 'ignore'],
  [`${RISC}recovery-activated`, {}, 'ignore'],
  [`${RISC}recovery-information-changed`, {}, 'ignore'],
  [`${RISC}opt-out-effective`, {}, 'ignore'],
  [`${CAEP}session-revoked`, {}, 'contain'],
  [`${CAEP}session-revoked`, { initiating_entity: 'admin' }, 'contain'],
  [`${CAEP}session-revoked`, { initiating_entity: 'policy' }, 'contain'],
  [`${CAEP}session-revoked`, { initiating_entity: 'user' }, 'ignore'],
  [`${CAEP}credential-change`, { change_type: 'revoke' }, 'ignore'],
  [`${CAEP}token-claims-change`, {}, 'ignore'],
  [`${CAEP}assurance-level-change`, {}, 'ignore'],
  [`${CAEP}device-compliance-change`, {}, 'ignore'],
  [`${CAEP}session-established`, {}, 'ignore'],
  [`${CAEP}session-presented`, {}, 'ignore'],
  [`${CAEP}risk-level-change`, {}, 'ignore'],
  [`${OAUTH}tokens-revoked`, {}, 'ignore'],
  [`${OAUTH}token-revoked`, {}, 'ignore'],
  ['urn:ietf:params:scim:event:prov:deactivate', {}, 'offboard'],
  ['urn:ietf:params:scim:event:prov:delete', {}, 'offboard'],
  ['urn:ietf:params:scim:event:prov:activate', {}, 'back'],
  ['urn:ietf:params:SCIM:event:prov:deactivate', {}, 'offboard'],
  ['urn:ietf:params:event:SCIM:prov:deactivate', {}, 'offboard'],
  ['urn:ietf:params:event:SCIM:prov:activate', {}, 'back'],
  ['urn:ietf:params:scim:event:prov:patch:full', {}, 'ignore'],
  ['urn:ietf:params:scim:event:prov:create:notice', {}, 'ignore'],
  // RFC 9967 says in so many words that this is no deactivation.
  ['urn:ietf:params:scim:event:feed:remove', {}, 'ignore'],
  ['urn:ietf:params:scim:event:misc:asyncresp', {}, 'ignore'],
  ['https://evil.example.com/account-disabled', {}, 'ignore'],
  ['account-disabled', {}, 'ignore'],
  [`${RISC}constructor`, {}, 'ignore'],
  ['__proto__', {}, 'ignore'],
];

for (const [uri, event, meaning] of MEANINGS) {
  test(`${uri} ${JSON.stringify(event)} means ${meaning}`, () => {
    assert.equal(meaningOf(uri, event, {}).meaning, meaning);
  });
}

test('what is not acted on says why', () => {
  for (const [uri, event, meaning] of MEANINGS) {
    const { note } = meaningOf(uri, event, {});
    assert.equal(note !== null, meaning === 'ignore' || meaning === 'nobody', uri);
  }
});

test('the operator’s table stands above the built-in one, by the URI or its last part, the URI first', () => {
  const read = (uri: string, overrides: Record<string, Meaning>, event = {}) => meaningOf(uri, event, overrides).meaning;
  assert.equal(read(`${CAEP}session-revoked`, { 'session-revoked': 'ignore' }), 'ignore');
  assert.equal(read(`${CAEP}session-revoked`, { 'session-revoked': 'contain' }, { initiating_entity: 'user' }), 'contain');
  assert.equal(read(`${RISC}account-disabled`, { 'account-disabled': 'offboard' }, { reason: 'hijacking' }), 'offboard');
  assert.equal(read(`${CAEP}credential-change`, { [`${CAEP}credential-change`]: 'contain', 'credential-change': 'ignore' }), 'contain');
  assert.equal(read('urn:ietf:params:event:SCIM:feed:remove', { 'feed:remove': 'offboard' }), 'offboard');
  assert.equal(read('urn:ietf:params:scim:event:prov:delete', { 'urn:ietf:params:scim:event:prov:delete': 'contain' }), 'contain');
  assert.equal(read(`${RISC}account-purged`, { 'session-revoked': 'ignore', 'user.lifecycle.suspend': 'back' }), 'offboard');
  assert.equal(read(`${RISC}constructor`, {}), 'ignore');
});

test('nobody is taken out by an address that changed hands, whatever the operator’s table says', () => {
  const overrides: Record<string, Meaning> = { 'identifier-recycled': 'offboard', 'identifier-changed': 'offboard' };
  assert.equal(meaningOf(`${RISC}identifier-recycled`, {}, overrides).meaning, 'nobody');
  assert.equal(meaningOf(`${RISC}identifier-changed`, {}, overrides).meaning, 'ignore');
});

test('what a transmitter writes into an event about its stream is repeated only where it can be shown', () => {
  const verification = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
  assert.match(meaningOf(verification, {}, {}).note ?? '', /^the stream was verified$/);
  for (const state of ['nul\0', 'x'.repeat(5_000), '\r\n', 7, {}]) {
    assert.match(meaningOf(verification, { state }, {}).note ?? '', /that cannot be shown/);
  }
});

test('event types have a short name that people use', () => {
  assert.equal(shortName(`${RISC}account-disabled`), 'account-disabled');
  assert.equal(shortName(eventType('urn:ietf:params:event:SCIM:prov:put:FULL')), 'prov:put:full');
});
