import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatcherOptions, createBatcher, type Submit } from '../../src/intake/batcher.ts';

type Options = BatcherOptions<number, string>;

/** Each item becomes its text. */
function batcher(options: Pick<Options, 'store'> & Partial<Options>): Submit<number, string> {
  return createBatcher({ maxItems: 10, atOnce: 1, besideFrom: 1, lateMs: 60_000, hitsEverybody: () => false, ...options });
}

/** A store whose batches end one after the other, when told to. */
function heldStore() {
  const batches: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const store = async (items: readonly number[]): Promise<string[]> => {
    batches.push(items);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    await promise;
    return items.map(String);
  };
  return { batches, store, endNext: () => ends.shift()?.() };
}

/** A store that refuses any batch with a negative item in it. */
function pickyStore() {
  const batches: (readonly number[])[] = [];
  const store = async (items: readonly number[]): Promise<string[]> => {
    batches.push(items);
    const bad = items.find((item) => item < 0);
    if (bad !== undefined) {
      throw new Error(`${bad} cannot be stored`);
    }
    return items.map(String);
  };
  return { batches, store };
}

test('a delivery that comes while nothing is being stored waits for nobody', async () => {
  const { batches, store, endNext } = heldStore();
  const stored = batcher({ store })([1]);
  assert.deepEqual(batches, [[1]]);
  endNext();
  assert.deepEqual(await stored, ['1']);
});

test('what comes while a batch is being stored is the next batch, and each delivery gets its own outcomes in order', async () => {
  const { batches, store, endNext } = heldStore();
  const submit = batcher({ store });
  const first = submit([1, 2]);
  const others = Promise.all([submit([3]), submit([]), submit([4, 5]), submit([6])]);
  assert.deepEqual(batches, [[1, 2]]);
  endNext();
  assert.deepEqual(await first, ['1', '2']);
  endNext();
  assert.deepEqual(await others, [['3'], [], ['4', '5'], ['6']]);
  assert.deepEqual(batches, [
    [1, 2],
    [3, 4, 5, 6],
  ]);
});

test('so many batches are under way side by side as are allowed, and what comes then waits for the first that ends', async () => {
  const { batches, store, endNext } = heldStore();
  const submit = batcher({ store, atOnce: 2 });
  const stored = [submit([1]), submit([2]), submit([3]), submit([4])];
  assert.deepEqual(batches, [[1], [2]]);
  endNext();
  assert.deepEqual(await stored[0], ['1']);
  assert.deepEqual(batches, [[1], [2], [3, 4]]);
  endNext();
  endNext();
  assert.deepEqual(await Promise.all(stored), [['1'], ['2'], ['3'], ['4']]);
});

test('another batch is begun beside the first when many wait, or when the first takes long', async () => {
  const { batches, store, endNext } = heldStore();
  const submit = batcher({ store, atOnce: 2, besideFrom: 3 });
  const stored = [submit([1]), submit([2]), submit([3])];
  assert.deepEqual(batches, [[1]]);
  stored.push(submit([4]));
  assert.deepEqual(batches, [[1], [2, 3, 4]]);
  endNext();
  endNext();
  assert.deepEqual(await Promise.all(stored), [['1'], ['2'], ['3'], ['4']]);

  const slow = heldStore();
  const patient = batcher({ store: slow.store, atOnce: 2, besideFrom: 100, lateMs: 0 });
  const late = [patient([1]), patient([2])];
  assert.deepEqual(slow.batches, [[1], [2]]);
  slow.endNext();
  slow.endNext();
  assert.deepEqual(await Promise.all(late), [['1'], ['2']]);
});

test('a batch has no more items than the limit, but for one delivery that alone has more, which stays whole', async () => {
  const { batches, store } = pickyStore();
  const submit = batcher({ store, maxItems: 4 });
  await Promise.all([[0], [1, 2], [3, 4], [5], [6, 7, 8, 9, 10], [11], [12, 13, 14], [15]].map(submit));
  assert.deepEqual(batches, [[0], [1, 2, 3, 4], [5], [6, 7, 8, 9, 10], [11, 12, 13, 14], [15]]);
});

test('a delivery that cannot be stored fails alone, with its own error', async () => {
  const { batches, store } = pickyStore();
  const submit = batcher({ store });
  const results = await Promise.allSettled([[0], [1], [2, -3], [4], [-5]].map(submit));
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    [['0'], ['1'], 'Error: -3 cannot be stored', ['4'], 'Error: -5 cannot be stored'],
  );
  assert.deepEqual(batches, [[0], [1, 2, -3, 4, -5], [1], [2, -3], [4], [-5]]);
});

test('what hits everybody fails the whole batch at once: nobody waits for it again and again', async () => {
  const { batches, store } = pickyStore();
  const submit = batcher({ store, hitsEverybody: (error) => String(error).includes('-3') });
  const results = await Promise.allSettled([[0], [1], [-3], [4]].map(submit));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'rejected'],
  );
  assert.deepEqual(batches, [[0], [1, -3, 4]]);
});

test('after a failure the next delivery is stored as ever', async () => {
  const { store } = pickyStore();
  const submit = batcher({ store });
  await assert.rejects(submit([-1]), /-1 cannot be stored/);
  assert.deepEqual(await submit([7]), ['7']);
});

test('what comes while a failed batch is tried again delivery by delivery is stored after it, and is not lost', async () => {
  const { batches, store } = pickyStore();
  const submit = batcher({ store });
  const late = Promise.withResolvers<string[]>();
  await Promise.all([submit([0]), submit([-1]).catch(() => late.resolve(submit([9]))), submit([2])]);
  assert.deepEqual(await late.promise, ['9']);
  assert.deepEqual(batches, [[0], [-1, 2], [-1], [2], [9]]);
});
