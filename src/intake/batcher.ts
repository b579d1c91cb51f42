/** Adds a list of items to the next batch and resolves with what became of each, in their order. */
export type Submit<Item, Outcome> = (items: readonly Item[]) => Promise<Outcome[]>;

interface Waiting<Item, Outcome> {
  readonly items: readonly Item[];
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions<Item, Outcome> {
  /** Stores items in one transaction and says what became of each, in their order. */
  readonly store: (items: readonly Item[]) => Promise<Outcome[]>;
  readonly maxItems: number;
  /** How many batches are under way side by side. */
  readonly atOnce: number;
  /** How many items must wait before another batch is begun beside one that is under way: few large ones cost less than many small ones. */
  readonly besideFrom: number;
  /** How many milliseconds a batch may take before another is begun beside it for whoever comes then: it may be waiting for somebody, and holds up nobody else. */
  readonly lateMs: number;
  /** Whether a failure has nothing to do with what is in the batch: then nothing is tried again one by one. */
  readonly hitsEverybody: (error: unknown) => boolean;
}

/**
 * Group commit: while a batch is being stored, what arrives meanwhile becomes the next one, so that a burst costs a few transactions and a lone
 * delivery waits for nobody. A batch that fails is tried again delivery by delivery, so that one that cannot be stored takes no
 * other with it.
 */
export function createBatcher<Item, Outcome>({
  store,
  maxItems,
  atOnce,
  besideFrom,
  lateMs,
  hitsEverybody,
}: BatcherOptions<Item, Outcome>): Submit<Item, Outcome> {
  const waiting: Waiting<Item, Outcome>[] = [];
  let busy = 0;

  const storeBatch = async (batch: readonly Waiting<Item, Outcome>[]): Promise<void> => {
    try {
      const outcomes = await store(batch.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, resolve } of batch) {
        resolve(outcomes.slice(from, from + items.length));
        from += items.length;
      }
    } catch (error) {
      await (batch.length === 1 || hitsEverybody(error) ? rejectAll(batch, error) : storeSingly(batch));
    }
  };

  const rejectAll = (batch: readonly Waiting<Item, Outcome>[], error: unknown): void => {
    for (const { reject } of batch) {
      reject(error);
    }
  };

  const storeSingly = async (batch: readonly Waiting<Item, Outcome>[]): Promise<void> => {
    for (const { items, resolve, reject } of batch) {
      await store(items).then(resolve, reject);
    }
  };

  let begunAt = 0;

  const isWorthBeginning = (): boolean => {
    const many = (): boolean => waiting.reduce((sum, { items }) => sum + items.length, 0) >= besideFrom;
    const late = (): boolean => performance.now() - begunAt >= lateMs;
    return waiting.length > 0 && (busy === 0 || (busy < atOnce && (many() || late())));
  };

  const work = async (): Promise<void> => {
    while (isWorthBeginning()) {
      busy += 1;
      begunAt = performance.now();
      await storeBatch(takeBatch(waiting, maxItems));
      busy -= 1;
    }
  };

  return async (items) => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
    waiting.push({ items, resolve, reject });
    void work();
    return await promise;
  };
}

function takeBatch<Item, Outcome>(waiting: Waiting<Item, Outcome>[], maxItems: number): Waiting<Item, Outcome>[] {
  let items = 0;
  const full = waiting.findIndex((entry, index) => {
    items += entry.items.length;
    return index > 0 && items > maxItems;
  });
  return waiting.splice(0, full === -1 ? waiting.length : full);
}
