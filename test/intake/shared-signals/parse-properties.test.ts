import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isEmail } from '../../../src/directory/directory.ts';
import { parseSet } from '../../../src/intake/shared-signals/parse.ts';
import { isStorable } from '../../../src/kernel/text.ts';
import { runs } from '../../support/sweep.ts';
import { ISSUER } from './stage.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'constructor', 'email', 'iss_sub', ISSUER, 'ada@example.com', 'nul\0@example.com'),
  fc.integer({ min: 190, max: 2_100 }).map((length) => 'y'.repeat(length)),
);

const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1e308, 1_615_304_991, 1_615_304_991_643),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('format', 'email', 'iss', 'sub', 'user', 'identifiers')), tie('value'), { maxKeys: 4 }),
  ),
})).value;

const orOdd = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary: usual }, anyJson);

const oneSubject = fc.record(
  {
    format: orOdd(fc.constantFrom('email', 'iss_sub', 'opaque', 'account', 'scim', 'uri', 'did')),
    subject_type: orOdd(fc.constantFrom('iss-sub', 'email')),
    email: orOdd(fc.constantFrom('ada@example.com', 'grace@example.com', 'ada')),
    iss: orOdd(fc.constantFrom(ISSUER, 'https://other.example.com')),
    sub: orOdd(fc.constantFrom('u-1', 'u-2', 'ada@example.com', 'nul\0')),
    id: orOdd(fc.constantFrom('u-1', 'u-2', 'nul\0')),
    uri: orOdd(fc.constantFrom('acct:ada@example.com', '/Users/u-1', 'mailto:ada@example.com')),
  },
  { requiredKeys: [] },
);
const subject = fc.oneof(
  oneSubject,
  fc.record({ format: fc.constant('complex'), user: orOdd(oneSubject) }),
  fc.record({ format: fc.constant('aliases'), identifiers: fc.array(orOdd(oneSubject), { maxLength: 4 }) }),
);

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const type = fc.constantFrom(
  `${RISC}account-disabled`,
  `${RISC}account-enabled`,
  `${RISC}identifier-recycled`,
  'urn:ietf:params:scim:event:prov:delete',
);
const usual = fc.record({
  jti: fc.uuid(),
  iat: fc.constant(1_615_304_991),
  sub_id: orOdd(subject),
  events: fc.dictionary(type, fc.record({ reason: anyJson }, { requiredKeys: [] }), { minKeys: 1, maxKeys: 2 }),
});
const odd = fc.record(
  {
    jti: orOdd(fc.uuid()),
    iat: orOdd(fc.constant(1_615_304_991)),
    toe: orOdd(fc.constant(1_615_304_991)),
    sub: orOdd(fc.constant('u-1')),
    sub_id: orOdd(subject),
    events: orOdd(
      fc.dictionary(
        fc.oneof({ weight: 4, arbitrary: type }, anyText),
        fc.record({ subject: orOdd(subject), reason: anyJson, event_timestamp: anyJson }, { requiredKeys: [] }),
        { maxKeys: 3 },
      ),
    ),
  },
  { requiredKeys: [] },
);

test('whatever a transmitter signs is read or refused; what comes of it can be stored, and tells somebody for certain or nobody', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.oneof(usual, odd), (payload) => {
      const parsed = parseSet(JSON.parse(JSON.stringify(payload)), ISSUER, {});
      if (parsed.kind === 'invalid') {
        assert.ok(parsed.description.length < 300);
        return;
      }
      assert.equal(new Set(parsed.events.map(({ eventId }) => eventId)).size, parsed.events.length);
      for (const { kind, eventId, meaning, subject: named, note, occurredAt } of parsed.events) {
        for (const text of [kind, eventId, note ?? '', named?.id ?? '', named?.email ?? '']) {
          assert.ok(isStorable(text) && text.length <= 500, JSON.stringify(text));
        }
        assert.ok(occurredAt === null || (occurredAt.getTime() > 0 && occurredAt.getUTCFullYear() < 2200));
        assert.ok(named === null || (meaning !== 'ignore' && (named.id !== null || named.email !== null)));
        assert.ok(!named?.email || isEmail(named.email));
        assert.ok(named !== null || note !== null, 'nobody is named, and nothing says why');
        told += named === null ? 0 : 1;
      }
    }),
    runs(3_000),
  );
  assert.ok(told > 100, `only ${told} of the events told anybody: they are no longer like those that matter`);
});

test('with a subject of another issuer nobody is told, whatever else is in the token', () => {
  fc.assert(
    fc.property(anyJson, fc.constantFrom('u-1', 'ada@example.com'), (reason, sub) => {
      const other = { format: 'iss_sub', iss: 'https://other.example.com', sub };
      const payload = {
        jti: 'j',
        iat: 1,
        sub_id: other,
        events: { [`${RISC}account-disabled`]: { reason, subject: { format: 'email', email: 'eve@example.com' } } },
      };
      const parsed = parseSet(JSON.parse(JSON.stringify(payload)), ISSUER, {});
      assert.ok(parsed.kind === 'events' && parsed.events.every(({ subject: named }) => named === null));
    }),
    runs(200),
  );
});
