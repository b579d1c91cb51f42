import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseBeforeRetry, rateLimitResetMs, retryAfterMs } from '../../src/outbound/backoff.ts';

const SETTINGS = { attempts: 5, minDelayMs: 200, maxDelayMs: 3000 };
const NOW = new Date('2026-03-02T08:00:00.000Z');

test('pauses double up to the longest one', () => {
  const pauses = [1, 2, 3, 4, 5, 6].map((tries) => pauseBeforeRetry(tries, SETTINGS, 0.999));
  assert.deepEqual(
    pauses.map((pause) => Math.round(pause ?? 0)),
    [200, 400, 800, 1599, 2999, 2999],
  );
});

test('chance takes up to half of a pause away', () => {
  assert.equal(pauseBeforeRetry(1, SETTINGS, 0), 100);
});

test('the patience a target asks for is never cut short', () => {
  assert.equal(pauseBeforeRetry(1, SETTINGS, 0, 2000), 2000);
  assert.equal(pauseBeforeRetry(1, SETTINGS, 0.5, 2000), 2100);
});

test('more patience than the longest pause is not waited for', () => {
  assert.equal(pauseBeforeRetry(1, SETTINGS, 0, 3001), null);
});

const HEADERS: readonly (readonly [header: unknown, ms: number | undefined])[] = [
  ['2', 2000],
  ['0', 0],
  ['Mon, 02 Mar 2026 08:00:07 GMT', 7000],
  ['Mon, 02 Mar 2026 07:59:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
  [['1', '2'], undefined],
];

for (const [header, ms] of HEADERS) {
  test(`Retry-After ${JSON.stringify(header)} asks for ${ms ?? 'nothing'}`, () => assert.equal(retryAfterMs(header, NOW), ms));
}

const RESETS: readonly (readonly [headers: Readonly<Record<string, unknown>>, ms: number | undefined])[] = [
  [{ 'x-rate-limit-reset': '1772438407' }, 7000],
  [{ 'x-rate-limit-reset': '1772438407', date: 'Mon, 02 Mar 2026 08:00:02 GMT' }, 5000],
  [{ 'x-rate-limit-reset': '1772438407', date: 'Mon, 02 Mar 2026 08:01:00 GMT' }, 0],
  [{ 'x-rate-limit-reset': '7' }, undefined],
  [{ 'x-rate-limit-reset': 'soon' }, undefined],
  [{}, undefined],
];

for (const [headers, ms] of RESETS) {
  test(`${JSON.stringify(headers)} asks for ${ms ?? 'nothing'}`, () => assert.equal(rateLimitResetMs(headers, NOW), ms));
}
