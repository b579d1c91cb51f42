import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { undo } from '../../support/undo.ts';

export interface ProbeWatch {
  /** Fails when one of them was not answered as it should be; says how many were asked and how long the slowest took. */
  end(): Promise<{ readonly asked: number; readonly slowestMs: number }>;
}

/** A prober gives up sooner or later. Included is that the same process makes up the attempts, on a machine that may have much else to do. */
const PATIENCE_MS = 10_000;
const EVERY_MS = 50;

/** Asks the probes on and on over connections of its own, whatever else the service is asked. */
export function watchProbes(t: TestContext, url: string): ProbeWatch {
  const pool = new Pool(url, { connections: 1, pipelining: 1 });
  const ending = new AbortController();
  let [asked, slowestMs] = [0, 0];
  const ask = async (path: string): Promise<void> => {
    const startedAt = performance.now();
    const answer = await pool.request({ method: 'GET', path, signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error: unknown) => {
      throw new Error(`${path} was not answered within ${PATIENCE_MS} ms`, { cause: error });
    });
    const text = await answer.body.text();
    assert.equal(answer.statusCode, 200, `${path}: ${text}`);
    asked += 1;
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  };
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await ask('/livez');
      await ask('/readyz');
      await delay(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  watching.catch(() => ending.abort());
  const stop = async (): Promise<void> => {
    ending.abort();
    try {
      await watching;
    } finally {
      await pool.close();
    }
  };
  let stopped: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    stopped ??= stop();
    await stopped;
  };
  undo(t, async () => await end().catch(() => undefined));
  return {
    end: async () => {
      await end();
      return { asked, slowestMs };
    },
  };
}
