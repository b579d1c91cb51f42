import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is there (not null, undefined or false), and fails with `what` when it does not come within `ms`. */
export async function eventually<T>(what: string, ask: () => Promise<T> | T, ms = 45_000): Promise<NonNullable<Exclude<T, false>>> {
  const until = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) {
      return answer as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() > until) {
      throw new Error(`This did not happen within ${ms} ms: ${what}`);
    }
    await delay(20);
  }
}
