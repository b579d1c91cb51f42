import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fateOf, LIFETIME_MS } from '../../src/notifications/schedule.ts';

const LATER = { kind: 'later', problem: 'busy' } as const;

test('pauses double from a second to an hour', () => {
  const pauses = [1, 2, 3, 10, 11, 40].map((attempts) => fateOf(LATER, { attempts, ageMs: 0 }));
  assert.deepEqual(
    pauses.map((fate) => (fate.state === 'pending' ? fate.afterMs / 1_000 : fate.state)),
    [1, 2, 4, 512, 1_024, 3_600],
  );
});

test('a receiver that asks for more patience gets it', () => {
  assert.deepEqual(fateOf({ ...LATER, afterMs: 60_000 }, { attempts: 1, ageMs: 0 }), {
    state: 'pending',
    afterMs: 60_000,
    problem: 'busy',
  });
  assert.deepEqual(fateOf({ ...LATER, afterMs: 1 }, { attempts: 1, ageMs: 0 }), { state: 'pending', afterMs: 1_000, problem: 'busy' });
});

test('a message that would be older than three days at its next attempt has expired', () => {
  assert.equal(fateOf(LATER, { attempts: 1, ageMs: LIFETIME_MS - 1_000 }).state, 'pending');
  assert.deepEqual(fateOf(LATER, { attempts: 1, ageMs: LIFETIME_MS - 999 }), { state: 'expired', problem: 'busy' });
});

test('what was sent is over, and so is what nobody will ever take', () => {
  assert.deepEqual(fateOf({ kind: 'sent' }, { attempts: 1, ageMs: LIFETIME_MS }), { state: 'sent' });
  assert.deepEqual(fateOf({ kind: 'never', problem: '550' }, { attempts: 1, ageMs: 0 }), { state: 'refused', problem: '550' });
});
