import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { createSlots } from '../../src/offboarding/slots.ts';
import { runs } from '../support/sweep.ts';

const NEVER = new AbortController().signal;

/** Whether the promise settles without anything else happening. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await turn();
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

suite('the slots of a worker', () => {
  test('leave something for whoever asks next, and take something while there is anything', () => {
    const slots = createSlots({ contain: 8, bulk: 1 });
    assert.deepEqual(slots.reserve(1), { contain: 4, bulk: 1 });
    assert.deepEqual(slots.reserve(1), { contain: 2, bulk: 0 });
    assert.deepEqual(slots.free(), { contain: 2, bulk: 0 });
  });

  test('are shared evenly by those who ask at once', () => {
    const slots = createSlots({ contain: 40, bulk: 20 });
    const parts = [4, 3, 2, 1].map((sharers) => slots.reserve(sharers).contain);
    assert.deepEqual(parts, [8, 8, 8, 8]);
  });

  test('are never handed out twice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant('give' as const)), { maxLength: 60 }), (asks) => {
        const slots = createSlots({ contain: 10, bulk: 3 });
        const taken: { contain: number; bulk: number }[] = [];
        for (const ask of asks) {
          const back = ask === 'give' ? taken.shift() : undefined;
          if (back) {
            slots.give('contain', back.contain);
            slots.give('bulk', back.bulk);
          } else if (ask !== 'give') {
            taken.push(slots.reserve(ask));
          }
          const { contain, bulk } = slots.free();
          assert.ok(contain >= 0 && bulk >= 0);
          assert.equal(contain + taken.reduce((sum, part) => sum + part.contain, 0), 10);
          assert.equal(bulk + taken.reduce((sum, part) => sum + part.bulk, 0), 3);
        }
      }),
      runs(),
    );
  });

  test('have room while a slot of the lane is free', async () => {
    await createSlots({ contain: 1, bulk: 0 }).room('contain', NEVER);
  });

  test('have room again as soon as a slot of the lane is given back', async () => {
    const slots = createSlots({ contain: 1, bulk: 1 });
    slots.reserve(1);
    const room = slots.room('bulk', NEVER);
    slots.give('contain', 1);
    assert.equal(await settles(room), false);
    slots.give('bulk', 1);
    await room;
  });

  test('keep nobody waiting who is called off', async () => {
    const slots = createSlots({ contain: 0, bulk: 0 });
    const stopping = new AbortController();
    const room = slots.room('bulk', stopping.signal);
    assert.equal(await settles(room), false);
    stopping.abort();
    await room;
  });

  test('leave nothing behind on the signal of somebody who has waited', async () => {
    const slots = createSlots({ contain: 1, bulk: 1 });
    const { signal } = new AbortController();
    for (let time = 0; time < 20; time += 1) {
      slots.reserve(1);
      const room = slots.room('bulk', signal);
      slots.give('contain', 1);
      slots.give('bulk', 1);
      await room;
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
