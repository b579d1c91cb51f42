import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECT } from '../../../src/targets/fastio-live/dialect.ts';

const NOW = new Date('2026-04-24T23:48:04.000Z');

function heard(status: number, value: unknown, headers: Record<string, string> = {}) {
  return DIALECT.refusalIn({ status, headers, json: { value } }, NOW);
}

const refused = (code: unknown) => ({ result: false, error: { code, text: 'No' } });

/** Every documented code, with the status it is documented or seen with. */
const CODES = [
  [1605, 406, 'invalid'],
  [1605, 400, 'invalid'],
  [1609, 404, 'absent'],
  [1650, 401, 'credential'],
  [1652, 404, 'absent'],
  [1653, 404, 'absent'],
  [1654, 500, 'broken'],
  [1660, 409, 'conflict'],
  [1667, 429, 'too-busy'],
  [1669, 409, 'conflict'],
  [1670, 406, 'permission'],
  [1671, 429, 'too-busy'],
  [1677, 423, 'locked'],
  [1680, 401, 'permission'],
  [1680, 403, 'permission'],
  [1685, 412, 'quota'],
  [1688, 402, 'quota'],
  [9992, 404, 'not-offered'],
  [10262, 400, 'invalid'],
  [10545, 401, 'permission'],
  [10587, 401, 'permission'],
] as const;

for (const [code, status, cause] of CODES) {
  test(`${code} with ${status} means ${cause}, as a number and as text, and with any other status too`, () => {
    for (const [as, under] of [
      [code, status],
      [String(code), status],
      [code, 200],
    ] as const) {
      const refusal = heard(under, refused(as));
      assert.deepEqual([refusal?.cause, refusal?.targetCode], [cause, String(code)]);
    }
  });
}

test('a code that nobody knows leaves it to the status', () => {
  const causes = [401, 402, 403, 404, 406, 409, 412, 423, 429, 500].map((status) => heard(status, refused(4711))?.cause);
  assert.deepEqual(causes, ['credential', 'quota', 'permission', 'absent', 'invalid', 'conflict', 'quota', 'locked', 'too-busy', 'broken']);
});

test('a no is a no with status 200 as well, in both spellings, and a yes is none', () => {
  for (const result of [false, 'no']) assert.equal(heard(200, { result })?.cause, 'unexpected');
  for (const body of [{ result: true }, { result: 'yes' }, {}, [], null, 'no']) assert.equal(heard(200, body), undefined);
});

test('the code is found in each place where one was seen, and nothing else of a body is repeated', () => {
  for (const body of [
    { error: { code: 1653 } },
    { error: { error_code: '1653' } },
    { error_id: 1653, error_message: 'x' },
    { error_code: 1653 },
  ]) {
    assert.equal(heard(404, body)?.targetCode, '1653');
  }
  for (const body of [refused('key-6a7b8c9d0e'), refused('123456789012'), { error: 'no such thing' }, refused({ deep: 1 })]) {
    assert.deepEqual(heard(404, body), { cause: 'absent' });
  }
});

test('a page that is not JSON is no word of Fast.io, but for what proxies may say too', () => {
  const page = (status: number) => DIALECT.refusalIn({ status, headers: {}, json: undefined }, NOW)?.cause;
  assert.deepEqual([400, 404, 409, 410].map(page), ['not-json', 'not-json', 'not-json', 'not-json']);
  assert.deepEqual([200, 401, 403, 429, 502].map(page), [undefined, undefined, undefined, undefined, undefined]);
});

for (const [what, headers, wait] of [
  ['a time in UTC', { 'x-ve-limit-expires': '2026-04-24 23:49:04 UTC' }, 60_000],
  ['seconds since 1970', { 'x-ve-limit-expires': '1777074514' }, 30_000],
  ['the name from before', { 'x-rate-limit-expiry': '1777074494' }, 10_000],
  ['nothing', {}, 60_000],
  ['nonsense', { 'x-ve-limit-expires': 'soon' }, 60_000],
  ['a time that has come', { 'x-ve-limit-expires': '2026-04-24 23:00:00 UTC' }, 0],
  ['a year from now', { 'x-ve-limit-expires': '2027-04-24 23:49:04 UTC' }, 900_000],
  ['a time by a clock that goes ahead', { date: 'Sat, 25 Apr 2026 00:48:04 GMT', 'x-ve-limit-expires': '2026-04-25 00:48:24 UTC' }, 20_000],
] as const) {
  test(`a limit that ends at ${what} is waited for ${wait / 1000} s`, () => {
    assert.equal(heard(429, refused(1671), headers)?.retryAfterMs, wait);
  });
}

test('an id that is too long for a number is not rounded to somebody else, and other numbers stay numbers', () => {
  const text = '{"id":1234567890123456789,"total":12,"share":0.5,"far":1e300}';
  assert.deepEqual(DIALECT.parse(text), { id: '1234567890123456789', total: 12, share: 0.5, far: 1e300 });
  assert.throws(() => DIALECT.parse('<html>'));
});
