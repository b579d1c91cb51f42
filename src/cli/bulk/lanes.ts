/** Works on all of them, so many at a time. After the first that fails none is begun; what is under way ends before the failure is thrown. */
export async function inLanes<T>(count: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  // Shared by all lanes: one that throws closes it for the others.
  const queue = (function* () {
    yield* items;
  })();
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      await work(item);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: count }, lane));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) {
    throw failed.reason;
  }
}
