import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';

suite('the clock of the system', () => {
  test('never goes back where only differences count', () => {
    const times = Array.from({ length: 100 }, () => systemClock.monotonic());
    assert.ok(times.every((time, index) => time >= (times[index - 1] ?? 0)));
  });

  test('wakes a sleeper who is called off, with the reason', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, stop.signal);
    stop.abort(new Error('the worker stops'));
    await assert.rejects(sleeping, { name: 'AbortError', cause: stop.signal.reason });
  });

  test('does not let anybody fall asleep who was called off before', async () => {
    await assert.rejects(systemClock.sleep(3_600_000, AbortSignal.abort()), { name: 'AbortError' });
  });

  test('lets somebody sleep without anybody to call them off', async () => {
    await systemClock.sleep(1);
  });
});
