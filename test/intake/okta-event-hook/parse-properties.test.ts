import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isEmail } from '../../../src/directory/directory.ts';
import { OKTA_MEANINGS } from '../../../src/intake/okta-event-hook/meaning.ts';
import { type ParsedEvent, parseDelivery } from '../../../src/intake/okta-event-hook/parse.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { isStorable } from '../../../src/kernel/text.ts';
import { runs } from '../../support/sweep.ts';
import { envelope } from './fixtures.ts';

const BODY_SHA256 = 'c'.repeat(64);

/** Any text that JSON can carry: with NUL and halves of characters, and names that objects have by birth. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'constructor', 'toString', 'User', 'unknown'),
  fc.integer({ min: 190, max: 1_100 }).map((length) => 'y'.repeat(length)),
);

const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 1e308),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('data', 'events', 'uuid', 'eventType', 'target', 'id', 'type')), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

const orOdd = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary: usual }, anyJson);
const login = fc.constantFrom('ada@example.com', 'ADA@example.com', 'grace@example.com', 'unknown', 'ada', '');
const target = fc.record(
  {
    id: orOdd(fc.constantFrom('00u1', '00u2', '0oaOurs', 'unknown', null)),
    type: orOdd(fc.constantFrom('User', 'AppUser', 'AppInstance', 'UserGroup')),
    alternateId: orOdd(login),
    displayName: orOdd(fc.constantFrom('Ada', 'Grace', null)),
  },
  { requiredKeys: [] },
);
const wellFormedTarget = fc.record({
  id: fc.constantFrom('00u1', '00u2', null),
  type: fc.constantFrom('User', 'AppUser', 'AppInstance', 'UserGroup'),
  alternateId: login,
});
const event = fc.record(
  {
    uuid: orOdd(fc.uuid()),
    eventType: orOdd(fc.constantFrom(...Object.keys(OKTA_MEANINGS), 'user.session.start', 'user.session.clear')),
    published: orOdd(fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
    outcome: orOdd(fc.record({ result: orOdd(fc.constantFrom('SUCCESS', 'FAILURE', 'SKIPPED', 'Success')) })),
    target: orOdd(fc.array(target, { maxLength: 3 })),
    actor: orOdd(fc.constant({ id: '00uActor', type: 'User', alternateId: 'actor@example.com' })),
  },
  { requiredKeys: [] },
);
const delivery = fc.oneof(
  anyJson,
  fc.record({ data: orOdd(fc.record({ events: fc.array(orOdd(event), { maxLength: 4 }) })), eventId: orOdd(fc.uuid()) }),
);

/** As it comes off the wire: `__proto__` is then a member like any other. */
function fromWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}

function parse(body: unknown): ParsedEvent[] | null {
  try {
    return parseDelivery(fromWire(body), BODY_SHA256, { apps: new Set(['0oaOurs']), overrides: { 'user.session.clear': 'contain' } });
  } catch (error) {
    assert.ok(error instanceof LeaverError && error.code === 'invalid-request', String(error));
    return null;
  }
}

function isIdentifier(text: string, most: number): boolean {
  return text.length > 0 && text.length <= most && isStorable(text);
}

function assertWellFormed({ kind, eventId, meaning, subject, note, occurredAt }: ParsedEvent): void {
  assert.ok(isIdentifier(kind, 200));
  assert.ok(isIdentifier(eventId, 210));
  assert.ok(['offboard', 'contain', 'back', 'ignore'].includes(meaning));
  assert.ok(occurredAt === null || Number.isFinite(occurredAt.getTime()));
  assert.equal(note === null, subject !== null, 'whoever is not named has a note that says why');
  if (subject) {
    assert.ok(meaning !== 'ignore');
    assert.ok(subject.id !== null || subject.email !== null);
    assert.ok(subject.id === null || (isIdentifier(subject.id, 200) && subject.id !== 'unknown'));
    assert.ok(subject.email === null || (isEmail(subject.email) && isStorable(subject.email)));
    assert.ok(subject.name === null || (subject.name.length <= 1_000 && isStorable(subject.name)));
    assert.ok(subject.id !== '00uActor' && subject.email !== 'actor@example.com', 'the actor was taken for the person');
  }
}

test('any JSON at all is refused as no delivery, or gives events that can be stored and name the actor nowhere', () => {
  fc.assert(
    fc.property(delivery, (body) => void parse(body)?.forEach(assertWellFormed)),
    runs(2_000),
  );
});

test('who is meant does not depend on the order of the targets', () => {
  const shuffled = fc
    .array(wellFormedTarget, { maxLength: 4 })
    .chain((targets) => fc.tuple(fc.constant(targets), fc.shuffledSubarray(targets, { minLength: targets.length })));
  const whoIn = (targets: readonly unknown[]) => {
    const [parsed] = parse(envelope([{ uuid: 'u', eventType: 'user.lifecycle.deactivate', target: targets }])) ?? [];
    return parsed?.subject && [parsed.subject.id, parsed.subject.email?.toLowerCase() ?? null];
  };
  fc.assert(
    fc.property(shuffled, ([targets, others]) => assert.deepEqual(whoIn(others), whoIn(targets))),
    runs(1_000),
  );
});

test('events of a delivery do not touch each other: each reads as it would alone', () => {
  const events = fc.array(orOdd(event), { minLength: 1, maxLength: 4 });
  const withoutPlace = (parsed: ParsedEvent | undefined) => ({ ...parsed, eventId: parsed?.eventId.replace(/#\d+$/, '') });
  fc.assert(
    fc.property(events, (many) => {
      const together = parse(envelope(many)) ?? [];
      assert.equal(together.length, many.length);
      many.forEach((one, index) => void assert.deepEqual(withoutPlace(parse(envelope([one]))?.[0]), withoutPlace(together[index])));
    }),
    runs(300),
  );
});
