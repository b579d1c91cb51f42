import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const KINDS = ['heap', 'outside the heap', 'resident'] as const;
/** What this process holds once everything that nobody needs is gone, in bytes. */
export type Memory = Readonly<Record<(typeof KINDS)[number], number>>;

export function memoryAfterCollection(): Memory {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  // `external` has what buffers hold. What the allocator keeps for the next one counts among the resident, and nowhere else.
  return { heap: heapUsed, 'outside the heap': external, resident: rss };
}

/** What grows by as much in the second half of a run goes on growing. Buffers come and go, and pages that were freed need not be given back. */
const MOST_GROWTH: Memory = { heap: 1.1, 'outside the heap': 1.5, resident: 1.25 };

/** How much more of each kind is held in the second half of a run than in the first, whose first fifth warms up; of medians. */
export function growthOf(samples: readonly Memory[]): Memory {
  const half = Math.floor(samples.length / 2);
  const [early, late] = [samples.slice(Math.floor(half / 5), half), samples.slice(half)];
  const growth = (kind: keyof Memory): number => medianOf(late.map((one) => one[kind])) / medianOf(early.map((one) => one[kind]));
  return { heap: growth('heap'), 'outside the heap': growth('outside the heap'), resident: growth('resident') };
}

export function assertNoGrowth(samples: readonly Memory[]): void {
  const growth = growthOf(samples);
  for (const kind of KINDS) {
    assert.ok(
      growth[kind] < MOST_GROWTH[kind],
      `the memory (${kind}) of the second half is ${growth[kind].toFixed(3)} times that of the first`,
    );
  }
}

export function tellMemory(samples: readonly Memory[]): string {
  const growth = growthOf(samples);
  const mib = (bytes: number | undefined): string => `${Math.round((bytes ?? 0) / 1_048_576)} MiB`;
  return KINDS.map((kind) => `${kind} ${mib(samples.at(-1)?.[kind])} (grown ${growth[kind].toFixed(3)} times)`).join(', ');
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
