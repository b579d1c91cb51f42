import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFence, FENCE_TTL_MS } from '../../src/offboarding/fence.ts';
import { WORKER_TTL_SECONDS } from '../../src/offboarding/step-store.ts';
import { movingClock } from '../targets/support/moving-clock.ts';

const REFUSED = { code: 'conflict' };

suite('the fence of a worker', () => {
  test('lets a process without a worker through', () => {
    createFence(movingClock(), 100).check();
  });

  test('lets a worker through that was seen alive not long ago', () => {
    const clock = movingClock();
    const fence = createFence(clock, 100);
    fence.renew(clock.monotonic());
    clock.move(100);
    fence.check();
  });

  test('stops a worker that was away for too long', () => {
    const clock = movingClock();
    const fence = createFence(clock, 100);
    fence.renew(clock.monotonic());
    clock.move(101);
    assert.throws(() => fence.check(), REFUSED);
  });

  test('counts from the moment of asking: an answer that waited through a pause renews nothing', () => {
    const clock = movingClock();
    const fence = createFence(clock, 100);
    const askedAt = clock.monotonic();
    clock.move(5_000);
    fence.renew(askedAt);
    assert.throws(() => fence.check(), REFUSED);
  });

  test('stays shut for a worker that has lost its claims, however fresh its last sign of life', () => {
    const clock = movingClock();
    const fence = createFence(clock, 100);
    fence.renew(clock.monotonic());
    fence.cut();
    assert.throws(() => fence.check(), REFUSED);
  });

  test('opens again for a new session', () => {
    const clock = movingClock();
    const fence = createFence(clock, 100);
    fence.cut();
    fence.renew(clock.monotonic());
    fence.check();
  });

  test('shuts well before others may take the steps over', () => {
    assert.ok(FENCE_TTL_MS <= (WORKER_TTL_SECONDS * 1_000) / 1.5);
  });
});
