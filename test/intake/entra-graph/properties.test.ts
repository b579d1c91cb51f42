import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Judged, judge } from '../../../src/intake/entra-graph/judge.ts';
import { parseNotifications } from '../../../src/intake/entra-graph/parse.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import { isStorable } from '../../../src/kernel/text.ts';
import { runs } from '../../support/sweep.ts';

const SECRET = 'the-client-state';

const text = fc.oneof(
  fc.constantFrom('updated', 'deleted', 'created', 'Users/u1', 'users/u2', '/users/u3/manager', 'u1', 'missed', SECRET, '', '\0', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 300 }),
);
const value = fc.oneof({ weight: 4, arbitrary: text }, fc.jsonValue({ maxDepth: 1 }));
const item = fc.record(
  {
    id: value,
    subscriptionId: value,
    subscriptionExpirationDateTime: value,
    clientState: fc.oneof({ weight: 2, arbitrary: fc.constant(SECRET) }, value),
    changeType: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('updated', 'deleted') }, value),
    lifecycleEvent: fc.option(value, { freq: 4 }),
    resource: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('Users/u1', 'users/u2') }, value),
    tenantId: value,
    resourceData: fc.oneof(fc.record({ id: value, eventTime: value }, { requiredKeys: [] }), value),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 6, arbitrary: fc.record({ value: fc.array(item, { maxLength: 4 }) }) },
  fc.record({ value: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 3 }), validationTokens: fc.jsonValue({ maxDepth: 1 }) }),
  fc.jsonValue(),
);

/** What the body comes to; null when it is refused as a whole, for which there is one way only. */
function judged(given: unknown, forged: string | null = null): Judged | null {
  try {
    const { items } = parseNotifications(given);
    return judge(
      items,
      { connection: 'entra-main', clientStates: [SECRET], tenantId: 'acme.example', bodySha256: 'ab'.repeat(32), meanings: {} },
      forged,
    );
  } catch (error) {
    assert.ok(error instanceof LeaverError && error.code === 'invalid-request', String(error));
    return null;
  }
}

test('whatever a body is, it is understood or refused as a bad request, and PostgreSQL can hold what is kept of it', () => {
  fc.assert(
    fc.property(body, (given) => {
      const { signals = [], readBacks = [], lifecycle = [] } = judged(given) ?? {};
      const kept = [...signals.flatMap(({ kind, eventId, subject }) => [kind, eventId, subject?.id ?? '']), ...readBacks];
      for (const one of [...kept, ...lifecycle.map(({ subscriptionId }) => subscriptionId ?? '')]) {
        assert.ok(isStorable(one) && one.length < 700, JSON.stringify(one));
      }
    }),
    runs(600),
  );
});

test('without the client state nobody is read back, nobody leaves, and no subscription is touched', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      const given = { value: items.map((one) => ({ ...one, clientState: one.clientState === SECRET ? `${SECRET}x` : one.clientState })) };
      const result = judged(given);
      assert.deepEqual([result?.readBacks ?? [], result?.lifecycle ?? []], [[], []]);
      assert.ok((result?.signals ?? []).every(({ isRefused, meaning, subject }) => isRefused && meaning === 'ignore' && subject === null));
    }),
    runs(600),
  );
});

test('where a validation token is forged, nothing of the delivery counts', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      const result = judged({ value: items }, 'forged');
      assert.ok((result?.signals ?? []).every(({ isRefused }) => isRefused));
      assert.deepEqual([result?.readBacks ?? [], result?.lifecycle ?? []], [[], []]);
    }),
    runs(600),
  );
});
