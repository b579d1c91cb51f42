import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** Loaded before every test file: whatever a file leaves running when its tests are over fails it. */
const EXPECTED: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'FileHandle', 'Immediate', 'TickObject', 'MessagePort']);
const WAIT_MS = 10_000;

// The runner ends each file's process by force (--test-force-exit), as Node can spin for ever while it takes an environment with many closed
// handles down (https://github.com/nodejs/node/issues/47748). That would also hide servers, timers and processes that were left behind.
after(async () => {
  const until = performance.now() + WAIT_MS;
  while (leftovers().length > 0 && performance.now() < until) {
    await delay(20, undefined, { ref: false }).catch(() => undefined);
  }
  assert.deepEqual(leftovers(), [], 'something was left running');
});

function leftovers(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !EXPECTED.has(kind));
}
