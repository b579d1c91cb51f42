import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { exitAtOnce } from './exit.ts';

/** Loaded before every test file: whatever a file leaves running when its tests are over fails it. */
const EXPECTED: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'FileHandle', 'Immediate', 'TickObject', 'MessagePort']);
const WAIT_MS = 10_000;

after(async () => {
  exitAtOnce();
  const until = performance.now() + WAIT_MS;
  while (leftovers().length > 0 && performance.now() < until) {
    await delay(20, undefined, { ref: false });
  }
  if (leftovers().length > 0) {
    // What was left behind would keep the process for ever; the failure is reported before it ends.
    setTimeout(() => process.exit(1), 1_000);
  }
  assert.deepEqual(leftovers(), [], 'something was left running');
});

function leftovers(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !EXPECTED.has(kind));
}
