import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, Array<() => Promise<void>>>();

/** Does `work` when the test ends, last one first: what was built on something is taken down before it. (`t.after` goes first one first.) */
export function undo(t: TestContext, work: () => Promise<void>): void {
  const known = stacks.get(t);
  if (known) {
    known.push(work);
    return;
  }
  const stack = [work];
  stacks.set(t, stack);
  t.after(async () => {
    for (const one of stack.reverse()) {
      await one();
    }
  });
}
