import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readEffective } from '../../../src/intake/standard-webhook/effective.ts';

const NOW = new Date('2026-11-26T10:00:00Z');

/** When it takes effect, or why that cannot be told. */
function read(value: unknown, timeZone?: unknown, defaultTimeZone = 'UTC'): string | null {
  const effective = readEffective(value, timeZone, { now: NOW, defaultTimeZone });
  return effective.kind === 'at' ? (effective.at?.toISOString() ?? null) : `? ${effective.reason}`;
}

test('without a date it takes effect at once', () => {
  assert.deepEqual([read(undefined), read(null)], [null, null]);
});

suite('a plain date is the last day: it ends when the next one begins, where the person is', () => {
  for (const [timeZone, date, end] of [
    ['UTC', '2026-12-31', '2027-01-01T00:00:00.000Z'],
    ['Europe/Lisbon', '2026-12-31', '2027-01-01T00:00:00.000Z'],
    ['Europe/Berlin', '2026-12-31', '2026-12-31T23:00:00.000Z'],
    ['America/Los_Angeles', '2026-12-31', '2027-01-01T08:00:00.000Z'],
    ['Pacific/Auckland', '2026-12-31', '2026-12-31T11:00:00.000Z'],
    ['Asia/Kathmandu', '2026-12-31', '2026-12-31T18:15:00.000Z'],
    ['+05:30', '2026-12-31', '2026-12-31T18:30:00.000Z'],
    ['UTC', '2028-02-28', '2028-02-29T00:00:00.000Z'],
    ['UTC', '2026-11-25', '2026-11-26T00:00:00.000Z'],
  ] as const) {
    test(`${date} in ${timeZone} is over at ${end}`, () => {
      assert.equal(read(date, timeZone), end);
    });
  }

  test('also where the day is 23 or 25 hours long', () => {
    assert.equal(read('2027-03-28', 'Europe/Berlin'), '2027-03-28T22:00:00.000Z');
    assert.equal(read('2027-10-31', 'Europe/Berlin'), '2027-10-31T23:00:00.000Z');
    assert.equal(read('2026-10-25', 'Europe/Berlin'), '2026-10-25T23:00:00.000Z');
  });

  test('also where the next day has no midnight, because the clock skips it', () => {
    // Beirut goes from 00:00 to 01:00 on 28 March 2027.
    assert.equal(read('2027-03-27', 'Asia/Beirut'), '2027-03-27T22:00:00.000Z');
  });
});

suite('a date-time', () => {
  test('with an offset is that instant, wherever the person is', () => {
    for (const value of ['2026-12-31T17:00:00+01:00', '2026-12-31T16:00:00Z', '2026-12-31 17:00+0100', '2026-12-31T16:00Z']) {
      assert.equal(read(value, 'America/New_York'), '2026-12-31T16:00:00.000Z');
      assert.equal(read(value, 'Europe/Nowhere'), '2026-12-31T16:00:00.000Z');
    }
    assert.equal(read('2026-12-31T16:00:00.123456Z'), '2026-12-31T16:00:00.123Z');
  });

  test('without one is what the clock on the wall shows, where the person is', () => {
    assert.equal(read('2026-12-31T17:00', 'America/New_York'), '2026-12-31T22:00:00.000Z');
    assert.equal(read('2026-12-31T17:00:30', 'Asia/Tokyo'), '2026-12-31T08:00:30.000Z');
    assert.equal(read('2026-12-31 17:00', undefined, 'Asia/Tokyo'), '2026-12-31T08:00:00.000Z');
  });

  test('of an hour that the clock shows twice is the first of the two', () => {
    assert.equal(read('2027-11-07T01:30', 'America/New_York'), '2027-11-07T05:30:00.000Z');
    assert.equal(read('2027-10-31T02:30', 'Europe/Berlin'), '2027-10-31T00:30:00.000Z');
  });

  test('of an hour that the clock skips is as much later as is skipped', () => {
    assert.equal(read('2027-03-14T02:30', 'America/New_York'), '2027-03-14T07:30:00.000Z');
    assert.equal(read('2027-03-28T02:30', 'Europe/Berlin'), '2027-03-28T01:30:00.000Z');
  });
});

suite('the time zone', () => {
  test('of the message stands above the default of the connection, and without either it is UTC', () => {
    assert.equal(read('2026-12-31', 'Asia/Tokyo', 'America/New_York'), '2026-12-31T15:00:00.000Z');
    assert.equal(read('2026-12-31', null, 'America/New_York'), '2027-01-01T05:00:00.000Z');
    assert.equal(read('2026-12-31'), '2027-01-01T00:00:00.000Z');
  });

  test('that is not known is not replaced by another one', () => {
    for (const zone of ['Europe/Nowhere', '', 'Berlin', 7, {}, ['UTC'], true, '2026-01-01T00:00[Europe/Berlin]', 'UTC\0']) {
      assert.match(read('2026-12-31', zone) ?? '', /^\? its time zone is not known/);
      assert.match(read('2026-12-31T17:00', zone) ?? '', /^\? its time zone is not known/);
    }
  });
});

test('what is no date is not guessed at', () => {
  for (const value of [
    '',
    ' ',
    'tomorrow',
    '31.12.2026',
    '12/31/2026',
    '20261231',
    '2026-12',
    '2026-W53-4',
    '+002026-12-31',
    '2026-12-31T17',
    '2026-12-31T17:00[Europe/Berlin]',
    '2026-12-31T17:00+1',
    '2026-12-31T17:00 Europe/Berlin',
    ' 2026-12-31',
    1_798_732_800,
    1_798_732_800_000,
    true,
    {},
    ['2026-12-31'],
  ]) {
    assert.match(read(value) ?? '', /^\? its effective date is neither/, JSON.stringify(value));
  }
});

test('a day or an hour that does not exist is none', () => {
  for (const value of [
    '2027-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-12-31T25:00',
    '2026-12-31T17:60Z',
    '2026-12-31T17:00+99:00',
  ]) {
    assert.match(read(value) ?? '', /none of the calendar/, value);
  }
});

test('a date more than two years away, either way, is taken for a slip', () => {
  for (const value of [
    '9999-12-31',
    '2062-12-31',
    '2028-11-27',
    '1900-01-01',
    '0001-01-01',
    '1970-01-01',
    '2024-11-20',
    '0000-01-01T00:00Z',
  ]) {
    assert.match(read(value) ?? '', /more than two years away/, value);
  }
  assert.equal(read('2028-11-25'), '2028-11-26T00:00:00.000Z');
  assert.equal(read('2024-11-26'), '2024-11-27T00:00:00.000Z');
});
