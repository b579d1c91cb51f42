import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import type { Meaning } from '../../../src/intake/signal.ts';
import { oktaEvent } from '../../../src/sandbox/okta.ts';
import { envelope } from './fixtures.ts';

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com', displayName: 'Ada' };

function parse(event: Record<string, unknown>, overrides?: Readonly<Record<string, Meaning>>): ParsedEvent {
  const [parsed] = parseDelivery(envelope([event]), 'b'.repeat(64), overrides && { overrides });
  assert.ok(parsed);
  return parsed;
}

const MEANINGS: readonly (readonly [string, Meaning])[] = [
  ['user.lifecycle.deactivate', 'offboard'],
  ['user.lifecycle.delete.initiated', 'offboard'],
  ['user.lifecycle.suspend', 'contain'],
  ['user.lifecycle.unsuspend', 'back'],
  ['user.lifecycle.reactivate', 'back'],
  ['user.lifecycle.activate', 'back'],
  ['user.lifecycle.create', 'ignore'],
  ['user.lifecycle.delete.completed', 'ignore'],
  ['user.lifecycle.deactivated', 'ignore'],
  ['USER.LIFECYCLE.DEACTIVATE', 'ignore'],
  ['application.provision.user.delete', 'ignore'],
  ['user.session.end', 'ignore'],
];

for (const [eventType, meaning] of MEANINGS) {
  test(`${eventType} means ${meaning}`, () => {
    assert.equal(parse(oktaEvent(eventType, ADA)).meaning, meaning);
  });
}

test('the operator’s table stands above the built-in one, for the types it names and no other', () => {
  const overrides = { 'user.lifecycle.suspend': 'offboard', 'user.lifecycle.deactivate': 'ignore', 'user.session.end': 'contain' } as const;
  const read = (eventType: string) => parse(oktaEvent(eventType, ADA), overrides).meaning;
  assert.deepEqual(['user.lifecycle.suspend', 'user.lifecycle.deactivate', 'user.session.end', 'user.lifecycle.reactivate'].map(read), [
    'offboard',
    'ignore',
    'contain',
    'back',
  ]);
});

test('a type that is the name of something every object has means nothing', () => {
  for (const eventType of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
    const { meaning, subject } = parse(oktaEvent(eventType, ADA), {});
    assert.deepEqual([eventType, meaning, subject], [eventType, 'ignore', null]);
  }
});

for (const result of ['FAILURE', 'SKIPPED', 'DENY', 'CHALLENGE', 'UNKNOWN', 'NEW_WORD', '', ' ', 'failure', 'Skipped']) {
  test(`what did not happen, or not for certain, is ignored (outcome ${result})`, () => {
    const { meaning, subject, note } = parse(oktaEvent('user.lifecycle.deactivate', ADA, { outcome: { result, reason: null } }));
    assert.deepEqual([meaning, subject], ['ignore', null]);
    assert.match(note ?? '', /did not happen/);
  });
}

test('a deactivation counts where the outcome says success in any case, or is not told', () => {
  for (const outcome of [{ result: 'SUCCESS' }, { result: 'Success' }, { result: 'ALLOW' }, {}, { result: null }, null, undefined]) {
    const { outcome: _, ...event } = oktaEvent('user.lifecycle.deactivate', ADA);
    const parsed = parse(outcome === undefined ? event : { ...event, outcome });
    assert.deepEqual([parsed.meaning, parsed.subject?.id], ['offboard', ADA.id]);
  }
});

test('an outcome that cannot be read is not taken for success', () => {
  for (const outcome of ['FAILURE', ['FAILURE'], { result: ['FAILURE'] }, { result: { value: 'FAILURE' } }, 7, false]) {
    assert.equal(parse({ ...oktaEvent('user.lifecycle.deactivate', ADA), outcome }).isRefused, true);
  }
});

test('an event is told apart by its uuid; one without a readable uuid by its delivery and place', () => {
  const bare = { ...oktaEvent('user.lifecycle.deactivate', ADA), uuid: null };
  const named = oktaEvent('user.lifecycle.deactivate', ADA, { uuid: 'the-uuid' });
  const idsOf = (eventId: unknown) => parseDelivery(envelope([bare, named, bare], eventId), 'b'.repeat(64)).map((event) => event.eventId);
  assert.deepEqual(idsOf('delivery-1'), ['delivery-1#0', 'the-uuid', 'delivery-1#2']);
  for (const eventId of [null, 7, '', 'x'.repeat(300), 'nul\0']) {
    assert.deepEqual(idsOf(eventId), [`${'b'.repeat(64)}#0`, 'the-uuid', `${'b'.repeat(64)}#2`]);
  }
});

test('the time of an event is the one Okta published, with any offset; what is no time is none', () => {
  const read = (published: unknown) => parse({ ...oktaEvent('user.lifecycle.deactivate', ADA), published }).occurredAt?.toISOString();
  assert.equal(read('2026-08-25T17:41:22.359Z'), '2026-08-25T17:41:22.359Z');
  assert.equal(read('2026-08-25T19:41:22.359+02:00'), '2026-08-25T17:41:22.359Z');
  for (const published of ['yesterday', '2026-02-30T00:00:00Z', '2026-08-25', '', 1_790_000_000, null, undefined, {}]) {
    assert.equal(read(published), undefined);
  }
});
