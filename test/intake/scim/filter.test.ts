import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseFilter } from '../../../src/intake/scim/filter.ts';
import { compileFilter } from '../../../src/intake/scim/match.ts';
import { USERS } from '../../../src/intake/scim/schemas.ts';
import { LeaverError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { runs } from '../../support/sweep.ts';
import { cpuMsOf } from './support/cpu.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const ADA: JsonObject = {
  id: 'aB1',
  externalId: '00uAda',
  userName: 'Ada@Example.com',
  active: true,
  title: 'back\\slash "quoted" [x] (y)',
  emails: [
    { type: 'work', value: 'ada@work.example', primary: true },
    { type: 'home', value: 'ada@home.example' },
  ],
  name: { familyName: 'Lovelace' },
  nickName: '',
  badge: { color: 'red', number: 7 },
  [ENTERPRISE]: { department: 'R.D', employeeNumber: '007', manager: { value: 'M-1', $ref: 'https://x.example/Users/M-1' } },
  meta: { lastModified: '2026-01-02T03:04:05.000Z' },
};

function matches(filter: string): boolean {
  return compileFilter(parseFilter(USERS, filter))(ADA);
}

function refusal(filter: string): LeaverError {
  try {
    compileFilter(parseFilter(USERS, filter));
  } catch (error) {
    assert.ok(error instanceof LeaverError, String(error));
    return error;
  }
  return assert.fail(`${filter} was read`);
}

const TRUE: readonly (readonly [string, string])[] = [
  ['userName eq "ada@example.com"', 'user names are compared without regard to case'],
  ['USERNAME EQ "ADA@EXAMPLE.COM"', 'and so are names and operators'],
  ['userName eq ada@example.com', "a value without quotes, as in a published example of Entra's"],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.com"', 'a name behind its URN'],
  ['id eq "aB1"', 'ids'],
  ['not (id eq "ab1")', 'ids by their case'],
  ['externalId eq "00uAda" and active eq true', 'two conditions'],
  ['active eq "True"', 'a boolean as text'],
  ['active eq True', 'and without quotes'],
  ['emails eq "ADA@work.example"', 'a complex attribute by its value'],
  ['emails.value ew "home.example"', 'any element'],
  ['emails[type eq "work" and value sw "ada"]', 'one element that fulfils both'],
  ['emails[type eq "work"].value eq "ada@work.example"', 'a part of the elements that are meant'],
  ['not (emails[type eq "work"].value eq "ada@home.example")', 'and no part of another one'],
  ['not (emails[type eq "home" and primary eq true])', 'no two elements together'],
  ['manager eq "M-1"', 'an enterprise attribute without its URN'],
  [`${ENTERPRISE}:manager.value eq "M-1"`, 'and with it'],
  [`${ENTERPRISE}:department eq "r.d"`, 'a URN ends before the last colon'],
  ['manager.$ref pr', 'a name that begins with a dollar'],
  ['employeeNumber eq 007', 'digits stay as they are'],
  ['badge.number eq 7', 'what no schema knows'],
  ['title co "back\\\\slash"', 'a backslash in a JSON string is one backslash'],
  ['title co "\\"quoted\\""', 'a quotation mark in it'],
  ['title co "[x] (y)"', 'brackets in it'],
  ['title co "\\u0062ack"', 'an escaped letter in it'],
  ['meta.lastModified gt "2026-01-02T04:04:04+01:00"', 'moments as such'],
  ['userName pr and not (nickName pr)', 'empty is not present'],
  ['nickName eq null or displayName eq null', 'null is no value'],
  ['displayName ne "x"', 'no value is not that value'],
  ['id eq "no" or id eq "aB1" and active eq true', 'and before or'],
  ['(id eq "no" or id eq "aB1") and active eq true', 'parentheses before both'],
];

suite('a filter finds', () => {
  for (const [filter, what] of TRUE) {
    test(`${what}: ${filter}`, () => assert.ok(matches(filter)));
  }
});

const FALSE = [
  'userName eq "ada"',
  'emails[type eq "home"].value eq "ada@work.example"',
  'externalId eq "00UADA"',
  'active eq false',
  'id eq "no" or id eq "aB1" and active eq false',
  'displayName pr',
  'displayName gt "a"',
  'toString pr',
  'unknown eq "x"',
];

suite('a filter does not find', () => {
  for (const filter of FALSE) {
    test(filter, () => assert.ok(!matches(filter)));
  }
});

const MALFORMED = [
  '',
  ' ',
  'userName',
  'userName eq',
  'userName eq "a',
  'userName eq "a" and',
  'userName eq "a" userName eq "b"',
  'userName eq "a" constructor userName eq "b"',
  'userName is "a"',
  '(userName eq "a"',
  'userName eq "a")',
  'emails[type eq "work"',
  'emails[type eq "work"].',
  'emails[type eq "work"].value',
  'emails[__proto__ eq "x"]',
  'userName eq (',
  'and',
  '"userName" eq "a"',
  '__proto__ pr',
  'constructor pr',
  'a.b.c eq "x"',
  'userName eq "\\x"',
  'userName gt null',
  'active gt true',
  'password eq "secret"',
  'password pr',
  'not (password sw "s")',
];

suite('a filter that cannot be read is refused, and says so', () => {
  for (const filter of MALFORMED) {
    test(filter === '' ? '(nothing)' : filter, () => {
      const { code, details } = refusal(filter);
      assert.equal(code, 'invalid-request');
      assert.ok(['invalidFilter', 'invalidPath'].includes(String(details['scimType'])), String(details['scimType']));
    });
  }
});

suite('a filter that was made to be slow is over at once', () => {
  const SLOW: Readonly<Record<string, string>> = {
    'forty backslashes before a quotation mark that never comes': `userName eq "${'\\'.repeat(41)}`,
    'two thousand backslashes': `userName eq "${'\\'.repeat(2_001)}`,
    'forty line feeds without an end': `userName eq "${'\n'.repeat(40)}`,
    'a thousand brackets': '('.repeat(1_000),
    'a thousand negations': `${'not '.repeat(900)}(id pr)`,
    'nested brackets': `${'emails[value['.repeat(300)}`,
    'many terms': Array.from({ length: 300 }, () => 'id pr').join(' or '),
    'a megabyte': 'x'.repeat(1_000_000),
    'blanks without end': `userName${' '.repeat(3_900)}`,
    'many quotation marks': `userName eq ${'"'.repeat(3_001)}`,
  };
  for (const [what, filter] of Object.entries(SLOW)) {
    test(what, () => {
      const ms = cpuMsOf(() => assert.equal(refusal(filter).details['scimType'], 'invalidFilter'));
      assert.ok(ms < 200, `${ms} ms`);
    });
  }
});

test('a filter of any text is read or refused, never anything else', () => {
  const word = fc.constantFrom(
    'userName',
    'emails',
    'eq',
    'ne',
    'and',
    'or',
    'not',
    'pr',
    '(',
    ')',
    '[',
    ']',
    '].value',
    '"x"',
    '\\',
    '"',
    '$ref',
    'a.b',
    '7',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(word, { maxLength: 14 }).map((words) => words.join(' ')),
  );
  fc.assert(
    fc.property(text, (filter) => {
      try {
        matches(filter);
      } catch (error) {
        assert.ok(error instanceof LeaverError && error.code === 'invalid-request', String(error));
      }
    }),
    runs(2_000),
  );
});

test('whatever text a value is, it is found by itself and by no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 30 }), (value, other) => {
      const find = compileFilter(parseFilter(USERS, `externalId eq ${JSON.stringify(value)}`));
      assert.ok(find({ externalId: value }));
      assert.equal(find({ externalId: other }), value === other);
    }),
    runs(500),
  );
});
