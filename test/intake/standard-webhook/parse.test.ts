import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isEmail } from '../../../src/directory/directory.ts';
import { type ParseNeeds, parseMessage } from '../../../src/intake/standard-webhook/parse.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { isStorable } from '../../../src/kernel/text.ts';
import { runs } from '../../support/sweep.ts';
import { fixture } from './fixtures.ts';
import { MAPPING } from './webhook-server.ts';

const NOW = new Date('2026-11-26T10:00:00Z');
const NEEDS: ParseNeeds = { mapping: MAPPING, overrides: {}, now: NOW, sentAt: NOW, defaultTimeZone: 'UTC' };
const ADA = { email: 'ada@example.com' };

function parse(payload: unknown, needs: Partial<ParseNeeds> = {}) {
  return parseMessage(payload, { ...NEEDS, ...needs });
}

function leaver(data: unknown, more: Record<string, unknown> = {}) {
  return { type: 'employee.terminated', timestamp: '2026-11-26T09:00:00Z', data, ...more };
}

test('a departure names its person, when it was told of and when it takes effect', () => {
  assert.deepEqual(parse(leaver({ ...ADA, effectiveAt: '2026-12-31' })), {
    kind: 'employee.terminated',
    meaning: 'offboard',
    subject: { id: null, email: 'ada@example.com', name: null },
    note: null,
    occurredAt: new Date('2026-11-26T09:00:00Z'),
    effectiveAt: new Date('2027-01-01T00:00:00Z'),
  });
});

test('the payload that the specification prints is no leaver’s, and is recorded as ignored', async () => {
  const { kind, meaning, subject, occurredAt } = parse(await fixture('payload-full-form'));
  assert.deepEqual([kind, meaning, subject, occurredAt], ['contact.created', 'ignore', null, new Date('2022-11-03T20:26:10.344Z')]);
});

suite('the type', () => {
  const meaningOf = (type: unknown, needs: Partial<ParseNeeds> = {}) => parse({ type, data: ADA }, needs).meaning;

  test('means what the mapping says, letter for letter, and policy.signals stands above it', () => {
    assert.deepEqual(
      ['employee.terminated', 'employee.suspended', 'employee.rehired', 'employee.Terminated', 'employee.hired'].map((type) =>
        meaningOf(type),
      ),
      ['offboard', 'contain', 'back', 'ignore', 'ignore'],
    );
    const mapping = { ...MAPPING, left: ['Leaver', '7'], contain: [], back: [] };
    assert.deepEqual([meaningOf('Leaver', { mapping }), meaningOf('employee.terminated', { mapping })], ['offboard', 'ignore']);
    assert.equal(meaningOf('employee.suspended', { overrides: { 'employee.suspended': 'offboard' } }), 'offboard');
  });

  test('that is the name of something every object has means nothing', () => {
    for (const type of ['constructor', '__proto__', 'toString']) {
      assert.equal(meaningOf(type), 'ignore');
    }
  });

  test('that is not there, or no text, is refused with the place where it should be', () => {
    for (const type of [undefined, null, '', 7, ['employee.terminated'], {}, 'a\0b', 'x'.repeat(201)]) {
      const { kind, isRefused, subject, note } = parse({ type, data: ADA });
      assert.deepEqual([kind, isRefused, subject], ['unreadable', true, null]);
      assert.match(note ?? '', /mapping\.type \(type\)/);
    }
  });
});

suite('the person', () => {
  const mapping = { ...MAPPING, email: 'employee.contact.mail', id: 'employee.number', name: 'employee.name', timeZone: 'employee.zone' };
  const subjectOf = (employee: unknown) => parse({ type: 'employee.terminated', employee }, { mapping }).subject;

  test('is told by the paths of the mapping; a number is as good an id as a text', () => {
    const employee = { contact: { mail: 'ada@example.com' }, number: 4711, name: 'Ada' };
    assert.deepEqual(subjectOf(employee), { id: '4711', email: 'ada@example.com', name: 'Ada' });
    assert.deepEqual(subjectOf({ ...employee, number: 'E-1' })?.id, 'E-1');
    assert.deepEqual(subjectOf({ number: 4711 }), { id: '4711', email: null, name: null });
  });

  test('is nobody where the e-mail is none, whatever the id says', () => {
    for (const mail of ['', 'ada', 'ada@', ' ada@example.com', 7, {}, ['ada@example.com'], 'ada\0@example.com', true]) {
      assert.equal(subjectOf({ contact: { mail }, number: 4711 }), null, JSON.stringify(mail));
    }
    assert.match(parse(leaver({})).note ?? '', /no e-mail at mapping\.email \(data\.email\)/);
  });

  test('has no id where it is none that can be kept', () => {
    for (const number of [1.5, 2 ** 53, -0.1, '', {}, ['4711'], null, 'x'.repeat(201), 'a\0']) {
      assert.equal(subjectOf({ contact: { mail: 'ada@example.com' }, number })?.id, null);
    }
  });

  test('is looked for among own members only, and by every name of the path', () => {
    const inherited = Object.create({ data: ADA, type: 'employee.terminated' }) as object;
    assert.equal(parse(inherited).isRefused, true);
    assert.equal(parse(leaver(Object.create(ADA))).subject, null);
    assert.equal(parse(JSON.parse('{"type":"employee.terminated","data":{"__proto__":{"email":"ada@example.com"}}}')).subject, null);
    const paths = ['constructor.name', '__proto__.constructor.name', 'data.email.length', 'data.constructor.prototype'];
    for (const email of paths) {
      assert.equal(parse(leaver(ADA), { mapping: { ...MAPPING, email } }).subject, null);
    }
    assert.equal(parse(leaver([ADA]), { mapping: { ...MAPPING, email: 'data.0.email' } }).subject?.email, 'ada@example.com');
  });

  test('takes the time zone of the payload', () => {
    const employee = { contact: { mail: 'ada@example.com' }, zone: 'Asia/Tokyo' };
    const { effectiveAt } = parse({ type: 'employee.terminated', employee, data: { effectiveAt: '2026-12-31' } }, { mapping });
    assert.deepEqual(effectiveAt, new Date('2026-12-31T15:00:00Z'));
  });
});

test('a date that cannot be read, or a zone, leaves the message unresolved with the reason', () => {
  for (const effectiveAt of ['soon', '9999-12-31', '2026-02-30', 7]) {
    const { meaning, subject, note } = parse(leaver({ ...ADA, effectiveAt }));
    assert.deepEqual([meaning, subject], ['offboard', null]);
    assert.match(note ?? '', /^nothing was done about the message: its effective date .*; send it again under another id$/);
  }
});

test('a return counts at once, whatever its date says', () => {
  for (const effectiveAt of ['soon', '9999-12-31', '2026-12-31', 7, null]) {
    const { subject, effectiveAt: at } = parse({ type: 'employee.rehired', data: { ...ADA, effectiveAt } });
    assert.deepEqual([subject?.email, at], [ADA.email, null]);
  }
});

test('an event happened when the payload says, but never after the message was sent', () => {
  const occurred = (timestamp: unknown) => parse(leaver(ADA, { timestamp })).occurredAt?.toISOString();
  assert.equal(occurred('2026-11-26T08:00:00.5+01:00'), '2026-11-26T07:00:00.500Z');
  for (const timestamp of [
    '2026-11-26T10:00:01Z',
    '2027-11-26T09:00:00Z',
    'yesterday',
    '2026-11-25',
    '2026-99-99T00:00:00Z',
    7,
    null,
    undefined,
  ]) {
    assert.equal(occurred(timestamp), NOW.toISOString(), JSON.stringify(timestamp));
  }
});

test('a payload that is no object is no message', () => {
  for (const payload of [null, 7, 'text', true, [leaver(ADA)]]) {
    assert.throws(
      () => parse(payload),
      (error) => error instanceof LeaverError && error.code === 'invalid-request',
    );
  }
});

test('any JSON object at all gives a signal that can be stored, and a subject only with an e-mail or an id', () => {
  const name = fc.constantFrom('type', 'data', 'email', 'id', 'name', 'zone', 'effectiveAt', 'timestamp', '__proto__', 'constructor');
  const leaf = fc.oneof(
    fc.constantFrom(
      'employee.terminated',
      'employee.rehired',
      'ada@example.com',
      '2026-12-31',
      '2026-12-31T17:00',
      'Asia/Tokyo',
      null,
      7,
      '\0',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'), { maxKeys: 6 })),
  }));
  const payload = fc.oneof(fc.dictionary(name, value), fc.record({ type: leaf, data: value, timestamp: leaf }));
  const mapping = { ...MAPPING, id: 'data.id', name: 'data.name', timeZone: 'data.zone' };
  fc.assert(
    fc.property(payload, (one) => {
      const { kind, meaning, subject, note, occurredAt, effectiveAt } = parse(JSON.parse(JSON.stringify(one)), { mapping });
      assert.ok(kind.length > 0 && kind.length <= 200 && isStorable(kind));
      assert.equal(note === null, subject !== null);
      assert.ok(meaning !== 'ignore' || subject === null);
      assert.ok(Number.isFinite(occurredAt?.getTime()) && (effectiveAt == null || Number.isFinite(effectiveAt.getTime())));
      assert.ok(subject === null || subject.id !== null || (subject.email !== null && isEmail(subject.email) && isStorable(subject.email)));
    }),
    runs(2_000),
  );
});
