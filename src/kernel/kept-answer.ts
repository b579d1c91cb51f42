import type { Clock } from './clock.ts';

export interface KeptAnswerNeeds<T> {
  readonly clock: Clock;
  /** For how long an answer is given again. */
  readonly keepMs: number;
  /** After so long somebody who waits gets `otherwise`; the question goes on. */
  readonly patienceMs: number;
  readonly otherwise: T;
  /** What it throws is answered with `otherwise`. */
  readonly ask: () => Promise<T> | T;
}

/**
 * Asks at most once at a time and once in `keepMs`, however many want to know: a question that nobody answers is not asked again, so that those who
 * ask use nothing up.
 */
export function keptAnswer<T>({ clock, keepMs, patienceMs, otherwise, ask }: KeptAnswerNeeds<T>): () => Promise<T> {
  let kept: { readonly answer: T; readonly at: number } | null = null;
  let asking: Promise<T> | null = null;

  const askOnce = async (): Promise<T> => {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => otherwise);
    kept = { answer, at: clock.monotonic() };
    asking = null;
    return answer;
  };
  return async () => {
    if (kept !== null && clock.monotonic() - kept.at < keepMs) {
      return kept.answer;
    }
    asking ??= askOnce();
    return await within(patienceMs, asking, otherwise);
  };
}

/** The answer, or `otherwise` when it takes longer; the question goes on. */
export async function within<T>(ms: number, answer: Promise<T>, otherwise: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), ms);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
