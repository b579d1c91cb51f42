import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type FailedAttempt, nextAttempt } from '../../src/offboarding/retry-policy.ts';
import { runs } from '../support/sweep.ts';
import { AT, later } from './support/cases.ts';

const POLICY = { minDelayMs: 1_000, maxDelayMs: 60_000, deadlineMs: 600_000 };
const FIRST: FailedAttempt = { attempts: 1, waitedMs: 0, now: AT, retryAfterMs: undefined, random: 0 };

const ROWS: ReadonlyArray<{ promise: string; attempt: Partial<FailedAttempt>; at: Date | null }> = [
  { promise: 'the first pause is half the shortest delay when chance is at its lowest', attempt: {}, at: later(0.5) },
  { promise: 'the first pause comes near the shortest delay when chance is at its highest', attempt: { random: 0.998 }, at: later(0.999) },
  { promise: 'the pause doubles with each attempt', attempt: { attempts: 4 }, at: later(4) },
  { promise: 'the pause never grows above the longest delay', attempt: { attempts: 40, random: 0.5 }, at: later(45) },
  { promise: 'what the target asked for goes above the schedule', attempt: { attempts: 9, retryAfterMs: 7_000 }, at: later(7) },
  { promise: 'a target may ask for more than the longest delay', attempt: { retryAfterMs: 90_000 }, at: later(90) },
  { promise: 'a target that says "at once" is not asked without a pause', attempt: { retryAfterMs: 0 }, at: later(1) },
  { promise: 'an attempt right at the deadline is made', attempt: { retryAfterMs: 600_000 }, at: later(600) },
  { promise: 'no attempt is made behind the deadline', attempt: { retryAfterMs: 600_001 }, at: null },
  { promise: 'the deadline counts the pauses from the beginning of the schedule', attempt: { waitedMs: 599_600 }, at: null },
  { promise: 'time in which nobody waited for an attempt does not count', attempt: { now: later(10_000) }, at: later(10_000.5) },
];

suite('the next attempt', () => {
  for (const { promise, attempt, at } of ROWS) {
    test(promise, () => assert.deepEqual(nextAttempt(POLICY, { ...FIRST, ...attempt })?.at ?? null, at));
  }

  test('is always ahead of now, and never with more pauses than the deadline allows', () => {
    const attempts = fc.record({
      attempts: fc.integer({ min: 1, max: 10_000 }),
      now: fc.integer({ min: 0, max: 700 }).map(later),
      waitedMs: fc.nat(700_000),
      retryAfterMs: fc.option(fc.nat(1_000_000), { nil: undefined }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(attempts, (attempt) => {
        const next = nextAttempt(POLICY, { ...FIRST, ...attempt });
        assert.ok(next === null || (next.at > attempt.now && next.waitedMs <= 600_000));
        assert.ok(next === null || next.at.getTime() - attempt.now.getTime() === next.waitedMs - attempt.waitedMs);
      }),
      runs(),
    );
  });
});
