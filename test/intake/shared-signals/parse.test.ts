import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedEvent, parseSet } from '../../../src/intake/shared-signals/parse.ts';
import { setClaims } from '../../../src/sandbox/security-event.ts';
import { claimsOf, ISSUER } from './stage.ts';

const RECYCLED = 'https://schemas.openid.net/secevent/risc/event-type/identifier-recycled';

const DISABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled';

function read(claims: unknown): readonly ParsedEvent[] {
  const parsed = parseSet(JSON.parse(JSON.stringify(claims)), ISSUER, {});
  assert.ok(parsed.kind === 'events', JSON.stringify(parsed));
  return parsed.events;
}

for (const form of ['ssf', 'okta', 'google'] as const) {
  test(`somebody is told by id and by address in the form of ${form}`, () => {
    const event = { type: DISABLED, occurredAt: new Date('2026-03-02T08:00:00.000Z') };
    const byId = read(setClaims(form, ISSUER, 'us', { ...event, subject: { id: 'u-1' } }))[0];
    assert.deepEqual([byId?.meaning, byId?.subject], ['offboard', { id: 'u-1', email: null, name: null }]);
    const byEmail = read(setClaims(form, ISSUER, 'us', { ...event, subject: { email: 'ada@example.com' } }))[0];
    assert.deepEqual(byEmail?.subject, { id: null, email: 'ada@example.com', name: null });
  });
}

test('a changed address tells whose it was and what it is now; a number, or nothing, tells nothing', () => {
  const CHANGED = 'https://schemas.openid.net/secevent/risc/event-type/identifier-changed';
  const change = (event: Record<string, unknown>, claims: Record<string, unknown> = {}) => {
    const [one] = read(claimsOf({ ...claims, events: { [CHANGED]: event } }));
    assert.deepEqual([one?.meaning, one?.subject], ['ignore', null]);
    return one?.renamed;
  };
  const ada = { id: null, email: 'ada@example.com', name: null };
  assert.deepEqual(change({ 'new-value': 'new@example.com' }), { subject: ada, email: 'new@example.com' });
  const inEvent = { subject: { subject_type: 'email', email: 'ada@example.com' }, 'new-value': 'new@example.com' };
  assert.deepEqual(change(inEvent, { sub_id: undefined }), { subject: ada, email: 'new@example.com' });
  for (const odd of [
    undefined,
    null,
    7,
    '',
    '+12065550100',
    'new',
    'a\0b@example.com',
    `${'x'.repeat(400)}@example.com`,
    ['new@example.com'],
  ]) {
    assert.equal(change({ 'new-value': odd }), undefined, String(odd));
  }
  const phone = { format: 'phone_number', phone_number: '+12065550100' };
  assert.equal(change({ 'new-value': 'new@example.com' }, { sub_id: phone }), undefined);
  assert.equal(read(claimsOf({ events: { [DISABLED]: { 'new-value': 'new@example.com' } } }))[0]?.renamed, undefined);
});

test('sub_id counts before a subject in the event, and that before sub; they are never mixed', () => {
  const events = { [DISABLED]: { subject: { format: 'email', email: 'eve@example.com' } } };
  assert.equal(read(claimsOf({ events }))[0]?.subject?.email, 'ada@example.com');
  assert.equal(read(claimsOf({ events, sub_id: { format: 'did', url: 'did:x' } }))[0]?.subject, null);
  assert.equal(read(claimsOf({ events, sub_id: undefined, sub: 'u-1' }))[0]?.subject?.email, 'eve@example.com');
  assert.deepEqual(read(claimsOf({ events: { [DISABLED]: {} }, sub_id: undefined, sub: 'u-1' }))[0]?.subject, {
    id: 'u-1',
    email: null,
    name: null,
  });
  assert.equal(read(claimsOf({ events: { [DISABLED]: {} }, sub_id: undefined }))[0]?.subject, null);
});

test('a time is read in seconds and in milliseconds; without one, the token was made when it happened', () => {
  const at = (claims: Record<string, unknown>, stamp?: unknown) =>
    read(claimsOf({ iat: 1_600_000_000, ...claims, events: { [DISABLED]: { event_timestamp: stamp } } }))[0]?.occurredAt?.toISOString();
  assert.equal(at({}, 1_615_304_991), '2021-03-09T15:49:51.000Z');
  assert.equal(at({}, 1_615_304_991_643), '2021-03-09T15:49:51.643Z');
  assert.equal(at({ toe: 1_610_000_000 }), '2021-01-07T06:13:20.000Z');
  for (const odd of [undefined, null, '1615304991', -1, 0, 1e300, 1_615_304_991_643_000]) {
    assert.equal(at({}, odd), '2020-09-13T12:26:40.000Z', String(odd));
  }
  assert.equal(at({ iat: -5 }), undefined);
});

test('a token with several events is as many signals, each with an id of its own', () => {
  const events = { [DISABLED]: {}, 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} };
  assert.deepEqual(
    read(claimsOf({ events })).map(({ eventId, meaning }) => [eventId, meaning]),
    [
      ['a-token#0', 'offboard'],
      ['a-token#1', 'contain'],
    ],
  );
});

test('an id that the database cannot hold is told apart all the same', () => {
  const idOf = (jti: string) => read(claimsOf({ jti }))[0]?.eventId;
  assert.equal(idOf('x'.repeat(200)), 'x'.repeat(200));
  for (const jti of ['x'.repeat(201), 'nul\0']) {
    assert.match(idOf(jti) ?? '', /^sha256:[0-9a-f]{64}$/);
  }
  assert.notEqual(idOf('x'.repeat(201)), idOf('x'.repeat(202)));
});

test('an address that changed hands names nobody, and is told by itself', () => {
  const [event] = read(claimsOf({ events: { [RECYCLED]: {} } }));
  assert.equal(event?.subject, null);
  assert.match(event?.note ?? '', /belongs to somebody else now/);
  assert.equal(event?.recycled, 'ada@example.com');
  const by = (sub_id: Record<string, unknown>) => read(claimsOf({ sub_id, events: { [RECYCLED]: {} } }))[0];
  assert.equal(by({ format: 'phone_number', phone_number: '+12065550100' })?.recycled, undefined);
  assert.equal(by({ format: 'iss_sub', iss: claimsOf()['iss'], sub: 'ada@example.com' })?.recycled, undefined, 'an id is no mere address');
});
