import type { TestContext } from 'node:test';
import { z } from 'zod';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../../src/outbound/http-client.ts';
import { keptLog } from '../../targets/support/log-lines.ts';
import { type MovingClock, movingClock } from '../../targets/support/moving-clock.ts';

export const TOKEN = 'tok-1b2c3d4e5f';

export interface Line {
  readonly client: HttpClient;
  readonly clock: MovingClock;
  readonly lines: readonly string[];
}

/** A client that sleeps in no time and times out in 200 ms, closed at the end of the test. */
export function clientOf(t: TestContext, baseUrl: string, options: Partial<HttpClientOptions> = {}): Line {
  const clock = movingClock();
  const { log, lines } = keptLog();
  const client = createHttpClient({
    name: 'acme',
    baseUrl,
    headers: () => ({ authorization: `Bearer ${TOKEN}` }),
    credential: 'targets[acme].token',
    timeoutMs: 200,
    retry: { attempts: 3, minDelayMs: 100, maxDelayMs: 5000 },
    random: () => 0.5,
    clock,
    log,
    ...options,
  });
  t.after(() => client.close());
  return { client, clock, lines };
}

const item = z.object({ id: z.string() });
const alive = () => new AbortController().signal;

export const reading = (more: { signal?: AbortSignal; beforeCall?: () => void; path?: readonly string[] } = {}) => ({
  method: 'GET' as const,
  path: ['items', '1'],
  expect: { 200: item, 404: z.unknown() },
  signal: alive(),
  ...more,
});

export const changing = (repeatable: boolean, more: { signal?: AbortSignal; beforeCall?: () => void } = {}) => ({
  method: 'POST' as const,
  path: ['items', '1', 'move'],
  body: { to: '2' },
  expect: { 200: item, 204: z.null() },
  idempotencyKey: 'step-1',
  repeatable,
  signal: alive(),
  ...more,
});
