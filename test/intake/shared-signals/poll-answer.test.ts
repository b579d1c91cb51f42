import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  entriesIn,
  madeProgress,
  NOTHING_SETTLED,
  pauseAfter,
  pollBody,
  type Settlement,
  settle,
} from '../../../src/intake/shared-signals/poll-answer.ts';
import type { JsonAnswer } from '../../../src/outbound/outbound.ts';
import { fixture } from './stage.ts';

const ERROR = { err: 'invalid_key', description: 'No such key.' } as const;
const settlements = (entries: Record<string, Settlement>) => new Map(Object.entries(entries));
const answer = (status: number, body: unknown): JsonAnswer => ({ kind: 'answer', status, headers: new Headers(), body });

test('the first poll asks for what is there, as published; later ones wait, and say what is settled', async () => {
  const { maxEvents: _, ...first } = pollBody(NOTHING_SETTLED, true);
  assert.deepEqual(first, ((await fixture('poll-initial')) as { body: unknown }).body);
  const published = ((await fixture('poll-ack-and-wait')) as { body: { ack: string[] } }).body;
  const { maxEvents: __, ...later } = pollBody({ ack: published.ack, setErrs: {} }, false);
  assert.deepEqual(later, published);
  assert.deepEqual(pollBody({ ack: [], setErrs: { a: ERROR } }, false)['setErrs'], { a: ERROR });
});

test('an answer has tokens by their id, as published, or is none', async () => {
  const published = (await fixture('poll-response-empty')) as { status: number; body: unknown };
  assert.deepEqual(entriesIn(answer(published.status, published.body)), new Map());
  assert.deepEqual(entriesIn(answer(200, { sets: { a: 'token' }, moreAvailable: true })), new Map([['a', 'token']]));
  for (const [status, body] of [
    [200, undefined],
    [200, {}],
    [200, { sets: [] }],
    [200, { sets: 'a' }],
    [202, { sets: {} }],
    [302, { sets: {} }],
    [401, { sets: {} }],
  ] as const) {
    assert.equal(entriesIn(answer(status, body)), null, JSON.stringify(body));
  }
});

test('each entry of an answer counts for itself: one that is no token leaves the others what they are', () => {
  const sets = { a: 'token', b: 7, c: null, d: { token: 'token' }, e: ['token'], f: '' };
  assert.deepEqual(
    entriesIn(answer(200, { sets, moreAvailable: 'perhaps' })),
    new Map([
      ['a', 'token'],
      ['b', null],
      ['c', null],
      ['d', null],
      ['e', null],
      ['f', ''],
    ]),
  );
});

test('what is stored is acknowledged, what is refused is told, what is neither is not mentioned', () => {
  const all = settlements({ a: { kind: 'stored' }, b: { kind: 'refused', error: ERROR }, c: { kind: 'later' } });
  assert.deepEqual(settle(all), { ack: ['a'], setErrs: { b: ERROR } });
});

test('the next poll follows at once only when something new came and all of it is settled', () => {
  const before = { ack: ['a'], setErrs: { b: ERROR } };
  assert.equal(madeProgress(settlements({ c: { kind: 'stored' } }), before), true);
  assert.equal(madeProgress(settlements({ a: { kind: 'stored' }, c: { kind: 'refused', error: ERROR } }), before), true);
  assert.equal(madeProgress(settlements({}), before), false);
  assert.equal(madeProgress(settlements({ a: { kind: 'stored' }, b: { kind: 'refused', error: ERROR } }), before), false);
  assert.equal(madeProgress(settlements({ c: { kind: 'later' }, d: { kind: 'stored' } }), before), false);
});

test('after failures the pauses double up to five minutes, and are as long as the transmitter asks', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 100].map((failures) => pauseAfter(failures, 30_000, null)),
    [30_000, 60_000, 120_000, 240_000, 300_000],
  );
  assert.equal(pauseAfter(1, 30_000, '120'), 120_000);
  assert.equal(pauseAfter(1, 30_000, '1'), 30_000);
  assert.equal(pauseAfter(1, 30_000, '999999'), 300_000);
  assert.equal(pauseAfter(1, 30_000, 'Wed, 21 Oct 2026 07:28:00 GMT'), 30_000);
  assert.equal(pauseAfter(9, 3_600_000, null), 3_600_000);
});
