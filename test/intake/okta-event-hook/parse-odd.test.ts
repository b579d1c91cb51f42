import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { envelope } from './fixtures.ts';
import { ADA, deactivation, LONG, TARGETS_OF_NOBODY, UNREADABLE_EVENTS, USER } from './odd-forms.ts';

function parse(body: unknown): ParsedEvent[] {
  return parseDelivery(body, 'b'.repeat(64));
}

function parseOne(event: unknown): ParsedEvent {
  const [parsed] = parse(envelope([event]));
  assert.ok(parsed);
  return parsed;
}

const NO_DELIVERIES: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['a text', 'user.lifecycle.deactivate'],
  ['a number', 7],
  ['a list of events', [deactivation({})]],
  ['a bare event', deactivation({})],
  ['no data', { eventType: 'com.okta.event_hook' }],
  ['data that is a list', { data: [deactivation({})] }],
  ['data that is a text', { data: JSON.stringify({ events: [] }) }],
  ['events that are missing', { data: {} }],
  ['events that are null', { data: { events: null } }],
  ['events that are one object', { data: { events: deactivation({}) } }],
  ['events that only the prototype has', JSON.parse('{"__proto__":{"data":{"events":[]}}}')],
  ['more events than a delivery has', envelope(Array(1_001).fill({}))],
];

for (const [what, body] of NO_DELIVERIES) {
  test(`what is no delivery is refused as such: ${what}`, () => {
    assert.throws(
      () => parse(body),
      (error) => error instanceof LeaverError && error.code === 'invalid-request',
    );
  });
}

test('a delivery without any event is one', () => {
  assert.deepEqual(parse(envelope([])), []);
});

for (const [what, event] of UNREADABLE_EVENTS) {
  test(`an event that cannot be read is kept and refused, and takes none of its delivery with it: ${what}`, () => {
    const [odd, next] = parse(envelope([event, deactivation({ uuid: 'the-next' })], 'delivery-1'));
    assert.deepEqual([odd?.isRefused, odd?.meaning, odd?.subject, odd?.eventId], [true, 'ignore', null, 'delivery-1#0']);
    assert.match(odd?.note ?? '', /cannot be read/);
    assert.deepEqual([next?.meaning, next?.eventId], ['offboard', 'the-next']);
  });
}

for (const [what, target] of TARGETS_OF_NOBODY) {
  test(`targets of an odd form name nobody: ${what}`, () => {
    const { meaning, subject, note } = parseOne(deactivation({ target }));
    assert.deepEqual([meaning, subject], ['offboard', null]);
    assert.ok(note);
  });
}

test('a login of an odd form is no e-mail, and the id alone remains', () => {
  for (const alternateId of [7, {}, ['ada@example.com'], 'ada\0@example.com', 'ada\ud800@example.com', `${LONG}@example.com`]) {
    assert.deepEqual(parseOne(deactivation({ target: [{ ...USER, alternateId }] })).subject, { id: ADA.id, email: null, name: 'Ada' });
  }
});

test('a name of an odd form is left out and changes nothing else', () => {
  for (const displayName of [7, {}, ['Ada'], 'A\0da', 'A\ud800da', LONG]) {
    assert.deepEqual(parseOne(deactivation({ target: [{ ...USER, displayName }] })).subject, { id: ADA.id, email: ADA.login, name: null });
  }
});

test('what is not used may have any form', () => {
  const { subject } = parseOne(
    deactivation({ version: 0, actor: 'nobody', client: null, severity: 7, debugContext: LONG, transaction: [], legacyEventType: '\0' }),
  );
  assert.deepEqual(subject, { id: ADA.id, email: ADA.login, name: ADA.displayName });
});

test('no delivery changes what objects inherit', () => {
  parse(
    JSON.parse(`{"__proto__":{"polluted":1},"data":{"events":[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]}}`),
  );
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});
